// Examples for the Java client, run by test_java.py: java Examples EXAMPLE ADDRESS TOPIC [key=value]...
// They compile and run with kafka-clients 2.8 and 4.x. Each throws unless all was right.

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.function.BooleanSupplier;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.RecordTooLargeException;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.common.serialization.StringSerializer;

public class Examples {
  static final Duration POLL = Duration.ofMillis(100);
  static final long DEADLINE_MS = 60_000;

  static String address;
  static String topic;
  static final Map<String, String> client = new HashMap<>();

  interface Example {
    void run() throws Exception;
  }

  public static void main(String[] arguments) throws Exception {
    address = arguments[1];
    topic = arguments[2];
    for (String setting : Arrays.copyOfRange(arguments, 3, arguments.length)) {
      String[] pair = setting.split("=", 2);
      client.put(pair[0], pair[1]);
    }
    Map<String, Example> examples = new HashMap<>();
    examples.put("produceAndConsume", Examples::produceAndConsume);
    examples.put("compressions", Examples::compressions);
    examples.put("idempotentFromManyThreads", Examples::idempotentFromManyThreads);
    examples.put("largeRecords", Examples::largeRecords);
    examples.put("seekByTime", Examples::seekByTime);
    examples.put("commitAndResume", Examples::commitAndResume);
    examples.put("groupEager", () -> group("org.apache.kafka.clients.consumer.RangeAssignor"));
    examples.put("groupCooperative", () -> group("org.apache.kafka.clients.consumer.CooperativeStickyAssignor"));
    examples.put("staticMember", Examples::staticMember);
    examples.put("manyPartitions", Examples::manyPartitions);
    examples.put("admin", AdminExamples::admin);
    examples.put("adminGroups", AdminExamples::groups);
    examples.get(arguments[0]).run();
    System.exit(0);
  }

  static void check(boolean right, Object found) {
    if (!right) throw new AssertionError("found " + found);
  }

  static void until(BooleanSupplier condition) {
    long end = System.currentTimeMillis() + DEADLINE_MS;
    while (!condition.getAsBoolean()) {
      if (System.currentTimeMillis() > end) throw new AssertionError("waited too long");
    }
  }

  static Properties properties(String... pairs) {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", address);
    properties.putAll(client);
    for (int i = 0; i < pairs.length; i += 2) properties.put(pairs[i], pairs[i + 1]);
    return properties;
  }

  static KafkaProducer<String, String> producer(String... pairs) {
    return new KafkaProducer<>(properties(pairs), new StringSerializer(), new StringSerializer());
  }

  static KafkaConsumer<String, String> consumer(String... pairs) {
    Properties properties = properties(pairs);
    properties.putIfAbsent("group.id", topic);
    properties.putIfAbsent("auto.offset.reset", "earliest");
    return new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer());
  }

  static List<RecordMetadata> produce(int count, String... pairs) throws Exception {
    List<Future<RecordMetadata>> waiting = new ArrayList<>();
    List<RecordMetadata> acknowledged = new ArrayList<>();
    try (KafkaProducer<String, String> producer = producer(pairs)) {
      for (int i = 0; i < count; i++) waiting.add(producer.send(new ProducerRecord<>(topic, "value " + i)));
      for (Future<RecordMetadata> one : waiting) acknowledged.add(one.get());
    }
    return acknowledged;
  }

  static List<ConsumerRecord<String, String>> take(KafkaConsumer<String, String> consumer, int count) {
    List<ConsumerRecord<String, String>> taken = new ArrayList<>();
    until(() -> {
      consumer.poll(POLL).forEach(taken::add);
      return taken.size() >= count;
    });
    return taken;
  }

  static List<ConsumerRecord<String, String>> consume(int count, String... pairs) {
    try (KafkaConsumer<String, String> consumer = consumer(pairs)) {
      consumer.subscribe(List.of(topic));
      return take(consumer, count);
    }
  }

  static void produceAndConsume() throws Exception {
    List<RecordMetadata> acknowledged = produce(100);
    for (int i = 0; i < 100; i++) check(acknowledged.get(i).offset() == i, acknowledged.get(i));
    List<ConsumerRecord<String, String>> records = consume(100);
    for (int i = 0; i < 100; i++) check(records.get(i).value().equals("value " + i), records.get(i));

    try (KafkaProducer<String, String> producer = producer()) {
      ProducerRecord<String, String> tombstone = new ProducerRecord<>(topic, "key", null);
      tombstone.headers().add("trace", "42".getBytes(StandardCharsets.UTF_8));
      producer.send(tombstone).get();
    }
    ConsumerRecord<String, String> record = consume(1).get(0);
    check(record.key().equals("key") && record.value() == null, record);
    check(new String(record.headers().lastHeader("trace").value(), StandardCharsets.UTF_8).equals("42"), record);
  }

  static void compressions() throws Exception {
    int expected = 0;
    for (String compression : List.of("none", "gzip", "snappy", "lz4", "zstd")) {
      produce(1000, "compression.type", compression, "linger.ms", "20");
      expected += 1000;
    }
    List<ConsumerRecord<String, String>> records = consume(expected);
    for (int i = 0; i < expected; i++) check(records.get(i).value().equals("value " + i % 1000), records.get(i));
  }

  static void idempotentFromManyThreads() throws Exception {
    int threads = 4;
    int each = 2000;
    List<Thread> running = new ArrayList<>();
    try (KafkaProducer<String, String> producer = producer("enable.idempotence", "true", "acks", "all",
        "max.in.flight.requests.per.connection", "5", "batch.size", "200")) {
      for (int thread = 0; thread < threads; thread++) {
        String key = "thread " + thread;
        running.add(new Thread(() -> {
          for (int i = 0; i < each; i++) producer.send(new ProducerRecord<>(topic, key, String.valueOf(i)));
        }));
      }
      running.forEach(Thread::start);
      for (Thread thread : running) thread.join();
      producer.flush();
    }
    Map<String, Integer> next = new HashMap<>();
    for (ConsumerRecord<String, String> record : consume(threads * each)) {
      int expected = next.merge(record.key(), 1, Integer::sum) - 1;
      check(record.value().equals(String.valueOf(expected)), record);
    }
  }

  static void largeRecords() throws Exception {
    String mebibyte = "x".repeat(1 << 20);
    try (KafkaProducer<String, String> producer =
        producer("max.request.size", "3000000", "buffer.memory", "67108864")) {
      producer.send(new ProducerRecord<>(topic, mebibyte.substring(200))).get();
      try {
        producer.send(new ProducerRecord<>(topic, mebibyte + mebibyte)).get();
        throw new AssertionError("two MiB were accepted");
      } catch (java.util.concurrent.ExecutionException refused) {
        check(refused.getCause() instanceof RecordTooLargeException, refused);
      }
    }
    check(consume(1).get(0).value().length() == mebibyte.length() - 200, "another length");
  }

  static void seekByTime() throws Exception {
    long start = 1_700_000_000_000L;
    try (KafkaProducer<String, String> producer = producer("linger.ms", "50")) {
      for (int i = 0; i < 10; i++) producer.send(new ProducerRecord<>(topic, 0, start + i, null, "value " + i));
    }
    TopicPartition partition = new TopicPartition(topic, 0);
    try (KafkaConsumer<String, String> consumer = consumer()) {
      consumer.assign(List.of(partition));
      long offset = consumer.offsetsForTimes(Map.of(partition, start + 7)).get(partition).offset();
      check(offset == 7, offset);
      consumer.seek(partition, offset);
      check(take(consumer, 3).get(0).value().equals("value 7"), "another record");
      check(consumer.beginningOffsets(List.of(partition)).get(partition) == 0, "another beginning");
      check(consumer.endOffsets(List.of(partition)).get(partition) == 10, "another end");
      consumer.seekToBeginning(List.of(partition));
      check(take(consumer, 10).get(0).offset() == 0, "another first record");
    }
  }

  static void commitAndResume() throws Exception {
    produce(10);
    TopicPartition partition = new TopicPartition(topic, 0);
    try (KafkaConsumer<String, String> consumer = consumer("enable.auto.commit", "false")) {
      consumer.subscribe(List.of(topic));
      take(consumer, 10);
      consumer.commitSync(Map.of(partition, new OffsetAndMetadata(4, "checkpoint")));
      OffsetAndMetadata committed = consumer.committed(Set.of(partition)).get(partition);
      check(committed.offset() == 4 && committed.metadata().equals("checkpoint"), committed);
    }
    check(consume(6).get(0).offset() == 4, "another offset");
  }

  /** The members are polled in turn by this thread until their shares are as expected. */
  static void untilShares(List<KafkaConsumer<String, String>> members, int partitions) {
    until(() -> {
      Set<TopicPartition> all = new HashSet<>();
      int sum = 0;
      int least = partitions;
      for (KafkaConsumer<String, String> member : members) {
        member.poll(Duration.ofMillis(20));
        Collection<TopicPartition> share = member.assignment();
        all.addAll(share);
        sum += share.size();
        least = Math.min(least, share.size());
      }
      return sum == partitions && all.size() == partitions && least >= partitions / members.size();
    });
  }

  static void group(String assignor) throws Exception {
    int partitions = 6;
    AdminExamples.createTopic(partitions);
    String[] settings = {"partition.assignment.strategy", assignor, "heartbeat.interval.ms", "300"};
    List<KafkaConsumer<String, String>> members = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      members.add(consumer(settings));
      members.get(i).subscribe(List.of(topic));
      untilShares(members, partitions);
    }
    while (members.size() > 1) {
      members.remove(0).close();
      untilShares(members, partitions);
    }
    members.get(0).close();
  }

  static void staticMember() throws Exception {
    AdminExamples.createTopic(4);
    String[] firstSettings = {"group.instance.id", topic + "-first", "heartbeat.interval.ms", "300"};
    KafkaConsumer<String, String> first = consumer(firstSettings);
    KafkaConsumer<String, String> second =
        consumer("group.instance.id", topic + "-second", "heartbeat.interval.ms", "300");
    first.subscribe(List.of(topic));
    second.subscribe(List.of(topic));
    untilShares(List.of(first, second), 4);
    Set<TopicPartition> before = first.assignment();
    int generation = second.groupMetadata().generationId();
    first.close();
    KafkaConsumer<String, String> again = consumer(firstSettings);
    again.subscribe(List.of(topic));
    until(() -> {
      second.poll(Duration.ofMillis(20));
      again.poll(Duration.ofMillis(20));
      return !again.assignment().isEmpty();
    });
    check(again.assignment().equals(before), again.assignment());
    check(second.groupMetadata().generationId() == generation, second.groupMetadata());
    again.close();
    second.close();
  }

  /** With many partitions the Java consumer uses incremental fetch sessions, if the server has them. */
  static void manyPartitions() throws Exception {
    int partitions = 200;
    AdminExamples.createTopic(partitions);
    try (KafkaConsumer<String, String> consumer = consumer()) {
      List<TopicPartition> all = new ArrayList<>();
      for (int i = 0; i < partitions; i++) all.add(new TopicPartition(topic, i));
      consumer.assign(all);
      for (int round = 0; round < 3; round++) {
        try (KafkaProducer<String, String> producer = producer()) {
          for (int i = 0; i < partitions; i++) producer.send(new ProducerRecord<>(topic, i, null, "round " + round));
        }
        Set<Integer> seen = new HashSet<>();
        for (ConsumerRecord<String, String> record : take(consumer, partitions)) {
          check(record.value().equals("round " + round), record);
          seen.add(record.partition());
        }
        check(seen.size() == partitions, seen);
      }
    }
  }
}
