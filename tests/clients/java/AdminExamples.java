// Examples for the Java admin client; see Examples.java.

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.ListOffsetsResult;
import org.apache.kafka.clients.admin.NewPartitions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.Node;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.GroupNotEmptyException;
import org.apache.kafka.common.errors.TopicExistsException;

class AdminExamples {
  static final ConfigResource.Type TOPIC = ConfigResource.Type.TOPIC;

  static Admin connect() {
    return Admin.create(Examples.properties());
  }

  static void createTopic(int partitions) throws Exception {
    try (Admin admin = connect()) {
      admin.createTopics(List.of(new NewTopic(Examples.topic, partitions, (short) 1))).all().get();
    }
  }

  static void refused(KafkaFuture<?> future, Class<?> expected) throws Exception {
    try {
      future.get();
    } catch (ExecutionException refused) {
      Examples.check(expected.isInstance(refused.getCause()), refused);
      return;
    }
    throw new AssertionError("was accepted; expected " + expected);
  }

  static ListOffsetsResult.ListOffsetsResultInfo offset(Admin admin, OffsetSpec spec) throws Exception {
    TopicPartition partition = new TopicPartition(Examples.topic, 0);
    return admin.listOffsets(Map.of(partition, spec)).partitionResult(partition).get();
  }

  static void admin() throws Exception {
    String topic = Examples.topic;
    try (Admin admin = connect()) {
      NewTopic wanted = new NewTopic(topic, 1, (short) 1).configs(Map.of("retention.ms", "1000000"));
      Examples.check(admin.createTopics(List.of(wanted)).numPartitions(topic).get() == 1, "other partitions");
      refused(admin.createTopics(List.of(wanted)).all(), TopicExistsException.class);
      Examples.check(admin.listTopics().names().get().contains(topic), "no such topic");

      admin.createPartitions(Map.of(topic, NewPartitions.increaseTo(3))).all().get();
      try (KafkaConsumer<String, String> consumer = Examples.consumer()) {
        Examples.check(consumer.partitionsFor(topic).size() == 3, consumer.partitionsFor(topic));
      }
      configs(admin);

      Node node = admin.describeCluster().nodes().get().iterator().next();
      Examples.check((node.host() + ":" + node.port()).equals(Examples.address), node);
      Examples.check(!admin.describeCluster().clusterId().get().isEmpty(), "no cluster id");
      Examples.check(admin.describeCluster().controller().get().id() == node.id(), "another controller");
      var directories = admin.describeLogDirs(List.of(node.id())).allDescriptions().get().get(node.id());
      Examples.check(directories.values().stream().anyMatch(
          directory -> directory.replicaInfos().containsKey(new TopicPartition(topic, 2))), directories);

      admin.deleteTopics(List.of(topic)).all().get();
      Examples.until(() -> {
        try {
          return !admin.listTopics().names().get().contains(topic);
        } catch (Exception problem) {
          throw new AssertionError(problem);
        }
      });
    }
  }

  static void configs(Admin admin) throws Exception {
    ConfigResource resource = new ConfigResource(TOPIC, Examples.topic);
    AlterConfigOp set = new AlterConfigOp(new ConfigEntry("retention.bytes", "5000000"), AlterConfigOp.OpType.SET);
    AlterConfigOp delete = new AlterConfigOp(new ConfigEntry("retention.ms", ""), AlterConfigOp.OpType.DELETE);
    admin.incrementalAlterConfigs(Map.of(resource, List.of(set, delete))).all().get();
    var config = admin.describeConfigs(List.of(resource)).all().get().get(resource);
    Examples.check(config.get("retention.bytes").value().equals("5000000"), config);
    Examples.check(config.get("retention.ms").value().equals("604800000"), config);
    Examples.check(config.get("retention.ms").isDefault(), config);
    Examples.check(
        config.get("retention.bytes").source() == ConfigEntry.ConfigSource.DYNAMIC_TOPIC_CONFIG, config);
    ConfigResource broker = new ConfigResource(ConfigResource.Type.BROKER,
        admin.describeCluster().nodes().get().iterator().next().idString());
    Examples.check(!admin.describeConfigs(List.of(broker)).all().get().get(broker).entries().isEmpty(), "empty");
  }

  static void groups() throws Exception {
    String topic = Examples.topic;
    TopicPartition partition = new TopicPartition(topic, 0);
    Examples.produce(10);
    try (Admin admin = connect()) {
      Examples.check(offset(admin, OffsetSpec.latest()).offset() == 10, "another end");
      admin.deleteRecords(Map.of(partition, RecordsToDelete.beforeOffset(4))).all().get();
      Examples.check(offset(admin, OffsetSpec.earliest()).offset() == 4, "another beginning");

      try (KafkaConsumer<String, String> consumer = Examples.consumer()) {
        consumer.subscribe(List.of(topic));
        Examples.check(Examples.take(consumer, 6).get(0).offset() == 4, "another first record");
        var described = admin.describeConsumerGroups(List.of(topic)).describedGroups().get(topic).get();
        Examples.check(described.members().iterator().next().assignment().topicPartitions()
            .equals(Set.of(partition)), described);
        refused(admin.deleteConsumerGroups(List.of(topic)).all(), GroupNotEmptyException.class);
      }
      Examples.check(admin.listConsumerGroups().all().get().stream()
          .anyMatch(group -> group.groupId().equals(topic)), "not listed");
      admin.alterConsumerGroupOffsets(topic, Map.of(partition, new OffsetAndMetadata(5))).all().get();
      var offsets = admin.listConsumerGroupOffsets(topic).partitionsToOffsetAndMetadata().get();
      Examples.check(offsets.get(partition).offset() == 5, offsets);
      admin.deleteConsumerGroupOffsets(topic, Set.of(partition)).all().get();
      offsets = admin.listConsumerGroupOffsets(topic).partitionsToOffsetAndMetadata().get();
      Examples.check(offsets.get(partition) == null, offsets);
      // A group without offsets or members may already be gone.
      admin.alterConsumerGroupOffsets(topic, Map.of(partition, new OffsetAndMetadata(5))).all().get();
      admin.deleteConsumerGroups(List.of(topic)).all().get();
    }
  }
}
