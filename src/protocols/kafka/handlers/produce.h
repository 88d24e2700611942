// Produce: appending record batches, in two stages: in order in the journal, then durable. acks=1 and acks=-1 mean the
// same here: the disk has it. acks=0 gets no answer; if something fails all the same, the connection is closed, as
// Kafka does, so that the client learns of it.
#pragma once

#include "base/task.h"
#include "protocols/kafka/messages/produce.h"
#include "protocols/kafka/scope.h"

namespace koine::kafka {

// Ends when everything has its place in the journal (or was refused); the second stage when it is durable. The second
// stage needs neither the scope nor the frame.
Task<Task<ProduceResponse>> begin(Scope& scope, ProduceRequest request, Version version);

// What a client is told about a batch that was not appended.
KafkaError to_produce_error(const Error& error);

// Whether every partition was appended.
bool has_errors(const ProduceResponse& response);

}  // namespace koine::kafka
