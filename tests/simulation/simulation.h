// Simulation: everything that happens with one seed: a machine, the lives of a server on it, the faults of each life, the
// clients, and the checks between lives and at the end.
//
//   life:  start | check all that is known | faults and clients | end: closed, killed, or power cut
//
// The same seed gives the same run; `./dev sim seed=N` runs one again and tells what happens.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "clients.h"
#include "io/random_numbers.h"
#include "io/sim/sim_storage.h"
#include "io/sim/sim_world.h"
#include "ledger.h"
#include "process.h"
#include "queue_ledger.h"

namespace koine::simulation {

// A planted bug that the checks must find.
enum class Canary : std::uint8_t {
  none,
  sync_lies,     // the disk says that it has synced and has not
  lost_batch,    // readers miss one batch
  lost_message,  // readers of queues miss one message
  lost_ack,      // acks return the message
  lost_binding,  // queues are not bound to topics
  short_lease,   // who leases gets half of the time
  short_delay,   // delayed messages come when half of the time is over
  lost_id,       // messages that are sent again have no id
  lost_key,      // the batches of requests with a key have none
};

struct SimulationOptions {
  std::uint64_t seed = 0;
  Canary canary = Canary::none;
  bool verbose = false;
};

class Simulation {
 public:
  explicit Simulation(const SimulationOptions& options);

  // What was promised and not kept; empty: all is well.
  const std::vector<std::string>& run();
  // Something waits for ever: this object must not be destroyed.
  bool is_stuck() const { return stuck_; }

 private:
  enum class End : std::uint8_t { closed, killed, power_cut };
  // The last lives are without faults: in one of them everything is consumed, in the other it is still gone.
  enum class Life : std::uint8_t { faulty, draining, quiet };

  void make_clients();
  void make_topic_clients();
  void make_queue_clients();
  void say(const std::string& sentence) const;

  void live(Life life);
  bool start(bool has_faults);
  void check_everything();
  void check_catalogs();
  void check_topics();
  void check_queues();
  void await_delayed();
  void drain();
  void check_memory();
  void choose_faults();
  void work();
  void check_that_space_helps();
  void end(End end);

  SimulationOptions options_;
  io::RandomNumbers numbers_;
  io::SimWorld world_;
  io::SimStorage storage_;
  ProcessOptions process_options_;
  Ledger ledger_;
  QueueLedger queues_;
  Weather weather_;
  std::vector<std::unique_ptr<Client>> clients_;
  std::vector<std::string> offset_groups_;
  std::unique_ptr<Process> process_;
  std::uint64_t kill_at_operation_ = 0;
  bool stuck_ = false;
};

}  // namespace koine::simulation
