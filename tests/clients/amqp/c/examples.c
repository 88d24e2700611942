// Examples for librabbitmq, run by test_librabbitmq.py: examples EXAMPLE HOST PORT NAME. The exit code is 0 only if
// all was right.

#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>

enum { channel = 1, messages = 500, large_bytes = 3 * 1024 * 1024 };

static amqp_connection_state_t connection;
static char const* name;

static void fail(char const* what, char const* why) {
  fprintf(stderr, "%s: %s\n", what, why);
  exit(1);
}

static void require(int condition, char const* what) {
  if (!condition) fail(what, "is not so");
}

static amqp_bytes_t text(char const* from) { return amqp_cstring_bytes(from); }

// The text of a Channel.Close or Connection.Close, or what the library says.
static void check(amqp_rpc_reply_t reply, char const* doing) {
  if (reply.reply_type == AMQP_RESPONSE_NORMAL) return;
  if (reply.reply_type == AMQP_RESPONSE_LIBRARY_EXCEPTION) {
    fail(doing, amqp_error_string2(reply.library_error));
  }
  fail(doing, "refused by the server");
}

static void open_connection(char const* host, int port) {
  connection = amqp_new_connection();
  amqp_socket_t* socket = amqp_tcp_socket_new(connection);
  require(socket != NULL && amqp_socket_open(socket, host, port) == AMQP_STATUS_OK, "connected");
  check(amqp_login(connection, "/", AMQP_DEFAULT_MAX_CHANNELS, AMQP_DEFAULT_FRAME_SIZE, 0,
                   AMQP_SASL_METHOD_PLAIN, "guest", "guest"),
        "login");
  amqp_channel_open(connection, channel);
  check(amqp_get_rpc_reply(connection), "channel.open");
}

static void declare(char const* queue, amqp_table_t arguments) {
  amqp_queue_declare(connection, channel, text(queue), 0, 1, 0, 0, arguments);
  check(amqp_get_rpc_reply(connection), "queue.declare");
}

static void publish(char const* exchange, char const* key, amqp_bytes_t body) {
  amqp_basic_properties_t properties = {0};
  properties._flags = AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_CONTENT_TYPE_FLAG;
  properties.delivery_mode = AMQP_DELIVERY_PERSISTENT;
  properties.content_type = text("text/plain");
  int const status = amqp_basic_publish(connection, channel, text(exchange), text(key), 0, 0, &properties, body);
  if (status != AMQP_STATUS_OK) fail("basic.publish", amqp_error_string2(status));
}

static void select_confirms(void) {
  amqp_confirm_select(connection, channel);
  check(amqp_get_rpc_reply(connection), "confirm.select");
}

// Waits until everything up to `last` is confirmed. Acks may be of one message or of all up to it, in any order.
static void await_confirms(uint64_t last) {
  char* const is_confirmed = calloc(last + 1, 1);
  uint64_t first_missing = 1;
  while (first_missing <= last) {
    amqp_frame_t frame;
    struct timeval timeout = {30, 0};
    if (amqp_simple_wait_frame_noblock(connection, &frame, &timeout) != AMQP_STATUS_OK) fail("confirms", "none came");
    require(frame.frame_type == AMQP_FRAME_METHOD && frame.payload.method.id == AMQP_BASIC_ACK_METHOD, "an ack");
    amqp_basic_ack_t const* ack = frame.payload.method.decoded;
    require(ack->delivery_tag > 0 && ack->delivery_tag <= last, "an ack of what was published");
    for (uint64_t tag = ack->multiple ? first_missing : ack->delivery_tag; tag <= ack->delivery_tag; ++tag)
      is_confirmed[tag] = 1;
    while (first_missing <= last && is_confirmed[first_missing]) ++first_missing;
  }
  free(is_confirmed);
}

static void consume(char const* queue, int prefetch, int no_ack) {
  amqp_basic_qos(connection, channel, 0, (uint16_t)prefetch, 0);
  check(amqp_get_rpc_reply(connection), "basic.qos");
  amqp_basic_consume(connection, channel, text(queue), amqp_empty_bytes, 0, (amqp_boolean_t)no_ack, 0,
                     amqp_empty_table);
  check(amqp_get_rpc_reply(connection), "basic.consume");
}

static void receive(amqp_envelope_t* envelope) {
  struct timeval timeout = {30, 0};
  amqp_maybe_release_buffers(connection);
  check(amqp_consume_message(connection, envelope, &timeout, 0), "basic.deliver");
}

static void publish_and_consume(void) {
  declare(name, amqp_empty_table);
  select_confirms();
  for (int i = 0; i < messages; ++i) {
    char number[16];
    snprintf(number, sizeof number, "%d", i);
    publish("", name, text(number));
  }
  await_confirms(messages);
  consume(name, 100, 0);
  for (int i = 0; i < messages; ++i) {
    amqp_envelope_t envelope;
    receive(&envelope);
    char expected[16];
    snprintf(expected, sizeof expected, "%d", i);
    require(envelope.message.body.len == strlen(expected) &&
                memcmp(envelope.message.body.bytes, expected, strlen(expected)) == 0,
            "the next message in order");
    require(envelope.message.properties.delivery_mode == AMQP_DELIVERY_PERSISTENT, "persistent");
    require(!envelope.redelivered, "delivered for the first time");
    if (i % 50 == 49) amqp_basic_ack(connection, channel, envelope.delivery_tag, 1);
    amqp_destroy_envelope(&envelope);
  }
}

static void exchanges(void) {
  declare(name, amqp_empty_table);
  amqp_exchange_declare(connection, channel, text(name), text("topic"), 0, 1, 0, 0, amqp_empty_table);
  check(amqp_get_rpc_reply(connection), "exchange.declare");
  amqp_queue_bind(connection, channel, text(name), text(name), text("orders.#"), amqp_empty_table);
  check(amqp_get_rpc_reply(connection), "queue.bind");
  publish(name, "other", text("aside"));
  publish(name, "orders.new", text("through"));
  consume(name, 10, 1);
  amqp_envelope_t envelope;
  receive(&envelope);
  require(envelope.message.body.len == 7, "only what matches");
  amqp_destroy_envelope(&envelope);
}

static void get_and_reject(void) {
  declare(name, amqp_empty_table);
  select_confirms();
  publish("", name, text("x"));
  await_confirms(1);
  for (int delivery = 0; delivery < 2; ++delivery) {
    amqp_rpc_reply_t const reply = amqp_basic_get(connection, channel, text(name), 0);
    check(reply, "basic.get");
    require(reply.reply.id == AMQP_BASIC_GET_OK_METHOD, "a message");
    amqp_basic_get_ok_t const* got = reply.reply.decoded;
    uint64_t const tag = got->delivery_tag;
    require(got->redelivered == (delivery == 1), "redelivered when it is");
    amqp_message_t message;
    check(amqp_read_message(connection, channel, &message, 0), "content");
    require(message.body.len == 1, "the body");
    amqp_destroy_message(&message);
    amqp_basic_reject(connection, channel, tag, delivery == 0);
  }
  require(amqp_basic_get(connection, channel, text(name), 1).reply.id == AMQP_BASIC_GET_EMPTY_METHOD, "empty");
}

static void large_message(void) {
  declare(name, amqp_empty_table);
  char* body = malloc(large_bytes);
  for (int i = 0; i < large_bytes; ++i) body[i] = (char)(i * 31);
  publish("", name, (amqp_bytes_t){large_bytes, body});
  consume(name, 1, 1);
  amqp_envelope_t envelope;
  receive(&envelope);
  require(envelope.message.body.len == large_bytes && memcmp(envelope.message.body.bytes, body, large_bytes) == 0,
          "the same bytes");
  amqp_destroy_envelope(&envelope);
  free(body);
}

static void refusal(void) {
  amqp_queue_declare(connection, channel, text(name), 1, 0, 0, 0, amqp_empty_table);
  amqp_rpc_reply_t const reply = amqp_get_rpc_reply(connection);
  require(reply.reply_type == AMQP_RESPONSE_SERVER_EXCEPTION && reply.reply.id == AMQP_CHANNEL_CLOSE_METHOD, "refused");
  amqp_channel_close_t const* close = reply.reply.decoded;
  require(close->reply_code == AMQP_NOT_FOUND, "404");
  require(memmem(close->reply_text.bytes, close->reply_text.len, "no queue", 8) != NULL, "says why");
  amqp_channel_close_ok_t ok = {0};
  amqp_send_method(connection, channel, AMQP_CHANNEL_CLOSE_OK_METHOD, &ok);
  amqp_channel_open(connection, channel + 1);  // the connection lives on
  check(amqp_get_rpc_reply(connection), "another channel");
}

static void transaction(void) {
  declare(name, amqp_empty_table);
  amqp_tx_select(connection, channel);
  check(amqp_get_rpc_reply(connection), "tx.select");
  publish("", name, text("forgotten"));
  amqp_tx_rollback(connection, channel);
  check(amqp_get_rpc_reply(connection), "tx.rollback");
  publish("", name, text("kept"));
  amqp_tx_commit(connection, channel);
  check(amqp_get_rpc_reply(connection), "tx.commit");
  consume(name, 10, 1);
  amqp_envelope_t envelope;
  receive(&envelope);
  require(envelope.message.body.len == strlen("kept"), "what was committed");
  amqp_destroy_envelope(&envelope);
}

int main(int argc, char** argv) {
  struct {
    char const* name;
    void (*run)(void);
  } const examples[] = {
      {"publish_and_consume", publish_and_consume}, {"exchanges", exchanges}, {"get_and_reject", get_and_reject},
      {"large_message", large_message},             {"refusal", refusal},     {"transaction", transaction},
  };
  if (argc != 5) fail("usage", "examples EXAMPLE HOST PORT NAME");
  name = argv[4];
  open_connection(argv[2], atoi(argv[3]));
  for (size_t i = 0; i < sizeof examples / sizeof *examples; ++i) {
    if (strcmp(examples[i].name, argv[1]) == 0) {
      examples[i].run();
      check(amqp_connection_close(connection, AMQP_REPLY_SUCCESS), "connection.close");
      amqp_destroy_connection(connection);
      return 0;
    }
  }
  fail(argv[1], "there is no such example");
}
