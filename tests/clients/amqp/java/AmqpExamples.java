// Examples for the RabbitMQ Java client, run by test_java.py: java AmqpExamples EXAMPLE URI NAME. Each throws unless
// all was right.

import com.rabbitmq.client.AMQP;
import com.rabbitmq.client.AlreadyClosedException;
import com.rabbitmq.client.Channel;
import com.rabbitmq.client.Connection;
import com.rabbitmq.client.ConnectionFactory;
import com.rabbitmq.client.GetResponse;
import com.rabbitmq.client.MessageProperties;
import com.rabbitmq.client.RpcClient;
import com.rabbitmq.client.RpcClientParams;
import com.rabbitmq.client.RpcServer;
import com.rabbitmq.client.ShutdownSignalException;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

public class AmqpExamples {
  static final int DEADLINE_S = 60;

  static Connection connection;
  static String name;

  interface Example {
    void run() throws Exception;
  }

  public static void main(String[] arguments) throws Exception {
    ConnectionFactory factory = new ConnectionFactory();
    factory.setUri(arguments[1]);
    name = arguments[2];
    Map<String, Example> examples = new TreeMap<>();
    examples.put("publishAndConsume", AmqpExamples::publishAndConsume);
    examples.put("confirmsOneByOne", AmqpExamples::confirmsOneByOne);
    examples.put("confirmsByListener", AmqpExamples::confirmsByListener);
    examples.put("nacks", AmqpExamples::nacks);
    examples.put("returns", AmqpExamples::returns);
    examples.put("headersOfEveryType", AmqpExamples::headersOfEveryType);
    examples.put("exchangesBoundToExchanges", AmqpExamples::exchangesBoundToExchanges);
    examples.put("requeueAndDeadLetter", AmqpExamples::requeueAndDeadLetter);
    examples.put("transactions", AmqpExamples::transactions);
    examples.put("cancelNotification", AmqpExamples::cancelNotification);
    examples.put("rpc", AmqpExamples::rpc);
    examples.put("refusals", AmqpExamples::refusals);
    examples.put("manyThreads", AmqpExamples::manyThreads);
    examples.put("qos", AmqpExamples::qos);
    try (Connection opened = factory.newConnection()) {
      connection = opened;
      examples.get(arguments[0]).run();
    }
    System.exit(0);
  }

  static void require(boolean condition, String what) {
    if (!condition) throw new AssertionError(what);
  }

  static void requireEqual(Object expected, Object found) {
    require(expected.equals(found), "expected " + expected + ", found " + found);
  }

  static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static void send(Channel channel, String queue, String text) throws Exception {
    channel.basicPublish("", queue, MessageProperties.PERSISTENT_TEXT_PLAIN, bytes(text));
  }

  static String declare(Channel channel, Object... arguments) throws Exception {
    Map<String, Object> table = new HashMap<>();
    for (int i = 0; i < arguments.length; i += 2) table.put((String) arguments[i], arguments[i + 1]);
    return channel.queueDeclare(name, true, false, false, table).getQueue();
  }

  static GetResponse get(Channel channel, String queue, boolean autoAck) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(DEADLINE_S);
    while (System.nanoTime() < end) {
      GetResponse answer = channel.basicGet(queue, autoAck);
      if (answer != null) return answer;
      Thread.sleep(5);
    }
    throw new AssertionError("nothing came to " + queue);
  }

  static void publishAndConsume() throws Exception {
    Channel channel = connection.createChannel();
    declare(channel);
    for (int i = 0; i < 1000; i++) send(channel, name, "" + i);
    channel.basicQos(50);
    BlockingQueue<String> received = new LinkedBlockingQueue<>();
    channel.basicConsume(name, false, (tag, delivery) -> {
      received.add(new String(delivery.getBody(), StandardCharsets.UTF_8));
      channel.basicAck(delivery.getEnvelope().getDeliveryTag(), false);
    }, tag -> {});
    for (int i = 0; i < 1000; i++) requireEqual("" + i, received.poll(DEADLINE_S, TimeUnit.SECONDS));
  }

  static void confirmsOneByOne() throws Exception {
    Channel channel = connection.createChannel();
    declare(channel);
    channel.confirmSelect();
    for (int i = 0; i < 50; i++) {
      send(channel, name, "" + i);
      channel.waitForConfirmsOrDie(DEADLINE_S * 1000);
    }
    requireEqual(50L, channel.messageCount(name));
  }

  static void confirmsByListener() throws Exception {
    Channel channel = connection.createChannel();
    declare(channel);
    channel.confirmSelect();
    ConcurrentSkipListSet<Long> outstanding = new ConcurrentSkipListSet<>();
    CountDownLatch done = new CountDownLatch(2000);
    channel.addConfirmListener((tag, multiple) -> {
      List<Long> confirmed = new ArrayList<>(multiple ? outstanding.headSet(tag, true) : Collections.singleton(tag));
      for (Long one : confirmed) if (outstanding.remove(one)) done.countDown();
    }, (tag, multiple) -> System.exit(1));
    for (int i = 0; i < 2000; i++) {
      outstanding.add(channel.getNextPublishSeqNo());
      send(channel, name, "" + i);
    }
    require(done.await(DEADLINE_S, TimeUnit.SECONDS), "not all were confirmed: " + outstanding.size());
  }

  static void nacks() throws Exception {
    Channel channel = connection.createChannel();
    declare(channel, "x-max-length", 1, "x-overflow", "reject-publish");
    channel.confirmSelect();
    send(channel, name, "kept");
    require(channel.waitForConfirms(DEADLINE_S * 1000), "the first must be confirmed");
    send(channel, name, "refused");
    require(!channel.waitForConfirms(DEADLINE_S * 1000), "the second must be refused");
  }

  static void returns() throws Exception {
    Channel channel = connection.createChannel();
    channel.confirmSelect();
    BlockingQueue<String> returned = new LinkedBlockingQueue<>();
    channel.addReturnListener(back -> returned.add(back.getReplyCode() + new String(back.getBody())));
    channel.basicPublish("", name, true, MessageProperties.TEXT_PLAIN, bytes("back"));
    channel.waitForConfirmsOrDie(DEADLINE_S * 1000);
    requireEqual("312back", returned.poll(DEADLINE_S, TimeUnit.SECONDS));  // it comes before the confirm
  }

  static void headersOfEveryType() throws Exception {
    Channel channel = connection.createChannel();
    declare(channel);
    Map<String, Object> headers = new HashMap<>();
    headers.put("byte", (byte) -3);
    headers.put("short", (short) -300);
    headers.put("int", -70_000);
    headers.put("long", 1L << 50);
    headers.put("float", 1.5f);
    headers.put("double", 0.1);
    headers.put("boolean", true);
    headers.put("decimal", new BigDecimal("12.34"));
    headers.put("date", new Date(1_700_000_000_000L));
    headers.put("nothing", null);
    headers.put("table", Collections.singletonMap("deep", 1));
    headers.put("list", Arrays.asList(1, 2L, false));
    AMQP.BasicProperties properties = new AMQP.BasicProperties.Builder().headers(headers).priority(7)
        .timestamp(new Date(1_700_000_000_000L)).deliveryMode(1).build();
    channel.basicPublish("", name, properties, bytes("x"));
    GetResponse answer = get(channel, name, true);
    requireEqual(headers, answer.getProps().getHeaders());
    requireEqual(7, answer.getProps().getPriority());
    requireEqual(properties.getTimestamp(), answer.getProps().getTimestamp());
  }

  static void exchangesBoundToExchanges() throws Exception {
    Channel channel = connection.createChannel();
    declare(channel);
    channel.exchangeDeclare(name + "-outer", "topic", true);
    channel.exchangeDeclare(name + "-inner", "fanout", true);
    channel.exchangeBind(name + "-inner", name + "-outer", "a.#");
    channel.queueBind(name, name + "-inner", "");
    channel.basicPublish(name + "-outer", "a.b", null, bytes("through"));
    channel.basicPublish(name + "-outer", "b.b", null, bytes("aside"));
    requireEqual("through", new String(get(channel, name, true).getBody()));
    require(channel.basicGet(name, true) == null, "one message only");
  }

  static void requeueAndDeadLetter() throws Exception {
    Channel channel = connection.createChannel();
    channel.queueDeclare(name + "-dead", true, false, false, null);
    declare(channel, "x-dead-letter-exchange", "", "x-dead-letter-routing-key", name + "-dead");
    send(channel, name, "x");
    GetResponse first = get(channel, name, false);
    channel.basicNack(first.getEnvelope().getDeliveryTag(), false, true);
    GetResponse second = get(channel, name, false);
    require(second.getEnvelope().isRedeliver(), "it was delivered before");
    channel.basicReject(second.getEnvelope().getDeliveryTag(), false);
    GetResponse dead = get(channel, name + "-dead", true);
    List<?> deaths = (List<?>) dead.getProps().getHeaders().get("x-death");
    Map<?, ?> death = (Map<?, ?>) deaths.get(0);
    requireEqual("rejected", death.get("reason").toString());
    requireEqual(name, death.get("queue").toString());
    requireEqual(1L, death.get("count"));
  }

  static void transactions() throws Exception {
    Channel channel = connection.createChannel();
    declare(channel);
    channel.txSelect();
    send(channel, name, "forgotten");
    channel.txRollback();
    send(channel, name, "kept");
    channel.txCommit();
    requireEqual("kept", new String(get(channel, name, false).getBody()));
    require(channel.basicGet(name, false) == null, "one message only");
  }

  static void cancelNotification() throws Exception {
    Channel channel = connection.createChannel();
    declare(channel);
    CountDownLatch cancelled = new CountDownLatch(1);
    channel.basicConsume(name, false, (tag, delivery) -> {}, tag -> cancelled.countDown());
    connection.createChannel().queueDelete(name);
    require(cancelled.await(DEADLINE_S, TimeUnit.SECONDS), "the consumer was not told");
  }

  static void rpc() throws Exception {
    Channel channel = connection.createChannel();
    declare(channel);
    RpcServer server = new RpcServer(channel, name) {
      @Override
      public byte[] handleCall(byte[] question, AMQP.BasicProperties properties) {
        return bytes(new String(question).toUpperCase());
      }
    };
    Thread serving = new Thread(() -> {
      try {
        server.mainloop();
      } catch (Exception ended) {
        // with the connection
      }
    });
    serving.setDaemon(true);
    serving.start();
    RpcClient client = new RpcClient(new RpcClientParams().channel(connection.createChannel()).exchange("")
        .routingKey(name).timeout(DEADLINE_S * 1000));  // answers by amq.rabbitmq.reply-to
    for (int i = 0; i < 20; i++) requireEqual("HELLO " + i, client.stringCall("hello " + i));
    server.terminateMainloop();
  }

  interface Attempt {
    void on(Channel channel) throws Exception;
  }

  static void requireRefusal(int code, String fragment, Attempt attempt) throws Exception {
    Channel channel = connection.createChannel();
    ShutdownSignalException signal;
    try {
      attempt.on(channel);
      channel.basicQos(1);
      throw new AssertionError("not refused: " + fragment);
    } catch (AlreadyClosedException refused) {
      signal = refused;
    } catch (java.io.IOException refused) {
      signal = (ShutdownSignalException) refused.getCause();
    }
    AMQP.Channel.Close close = (AMQP.Channel.Close) signal.getReason();
    requireEqual(code, close.getReplyCode());
    require(close.getReplyText().contains(fragment), close.getReplyText());
  }

  static void refusals() throws Exception {
    requireRefusal(404, "no queue '" + name + "' in vhost '/'", channel -> channel.queueDeclarePassive(name));
    requireRefusal(404, "no exchange '" + name + "' in vhost '/'", channel -> channel.exchangeDeclarePassive(name));
    requireRefusal(404, "no exchange", channel -> channel.basicPublish(name, "", null, bytes("x")));
    requireRefusal(406, "unknown delivery tag 99", channel -> channel.basicAck(99, false));
    requireRefusal(403, "reserved prefix 'amq.*'", channel -> channel.queueDeclare("amq.x", false, false, false, null));
    declare(connection.createChannel());
    requireRefusal(406, "inequivalent arg 'x-max-length'", channel -> declare(channel, "x-max-length", 5));
  }

  static void manyThreads() throws Exception {
    Channel consuming = connection.createChannel();
    declare(consuming);
    AtomicInteger received = new AtomicInteger();
    CountDownLatch all = new CountDownLatch(8 * 200);
    consuming.basicQos(100);
    consuming.basicConsume(name, false, (tag, delivery) -> {
      received.incrementAndGet();
      consuming.basicAck(delivery.getEnvelope().getDeliveryTag(), true);
      all.countDown();
    }, tag -> {});
    List<Thread> threads = new ArrayList<>();
    for (int worker = 0; worker < 8; worker++) {
      Thread thread = new Thread(() -> {
        try (Channel channel = connection.createChannel()) {
          channel.confirmSelect();
          for (int i = 0; i < 200; i++) send(channel, name, "" + i);
          channel.waitForConfirmsOrDie(DEADLINE_S * 1000);
        } catch (Exception problem) {
          problem.printStackTrace();
          System.exit(1);
        }
      });
      thread.start();
      threads.add(thread);
    }
    for (Thread thread : threads) thread.join();
    require(all.await(DEADLINE_S, TimeUnit.SECONDS), "received " + received);
  }

  static void qos() throws Exception {
    Channel channel = connection.createChannel();
    declare(channel);
    for (int i = 0; i < 20; i++) send(channel, name, "" + i);
    BlockingQueue<Long> tags = new LinkedBlockingQueue<>();
    channel.basicQos(5, true);
    for (int consumer = 0; consumer < 2; consumer++) {
      channel.basicConsume(name, false, (tag, delivery) -> tags.add(delivery.getEnvelope().getDeliveryTag()), tag -> {});
    }
    for (int round = 0; round < 4; round++) {
      long last = 0;
      for (int i = 0; i < 5; i++) last = Math.max(last, tags.poll(DEADLINE_S, TimeUnit.SECONDS));
      require(tags.poll(100, TimeUnit.MILLISECONDS) == null, "more than the channel's limit came");
      channel.basicAck(last, true);
    }
  }
}
