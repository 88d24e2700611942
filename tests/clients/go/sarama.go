package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/IBM/sarama"
)

func saramaConfig() *sarama.Config {
	config := sarama.NewConfig()
	config.Producer.Return.Successes = true
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	return config
}

func saramaProduce(count int, config *sarama.Config) error {
	producer, err := sarama.NewSyncProducer([]string{address}, config)
	if err != nil {
		return err
	}
	defer producer.Close()
	messages := make([]*sarama.ProducerMessage, count)
	for i := range messages {
		messages[i] = &sarama.ProducerMessage{Topic: topic, Value: sarama.StringEncoder(strconv.Itoa(i))}
	}
	return producer.SendMessages(messages)
}

func saramaConsume(count int) error {
	consumer, err := sarama.NewConsumer([]string{address}, saramaConfig())
	if err != nil {
		return err
	}
	defer consumer.Close()
	partition, err := consumer.ConsumePartition(topic, 0, sarama.OffsetOldest)
	if err != nil {
		return err
	}
	defer partition.Close()
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	for i := 0; i < count; i++ {
		select {
		case message := <-partition.Messages():
			if err := expect(message.Offset == int64(i), "offset %d, expected %d", message.Offset, i); err != nil {
				return err
			}
		case <-ctx.Done():
			return fmt.Errorf("only %d of %d records came", i, count)
		}
	}
	return nil
}

func saramaProduceAndConsume() error {
	if err := saramaProduce(500, saramaConfig()); err != nil {
		return err
	}
	idempotent := saramaConfig()
	idempotent.Producer.Idempotent = true
	idempotent.Producer.RequiredAcks = sarama.WaitForAll
	idempotent.Net.MaxOpenRequests = 1
	if err := saramaProduce(500, idempotent); err != nil {
		return err
	}
	return saramaConsume(1000)
}

func saramaCompressions() error {
	codecs := []sarama.CompressionCodec{
		sarama.CompressionNone, sarama.CompressionGZIP, sarama.CompressionSnappy, sarama.CompressionLZ4,
		sarama.CompressionZSTD,
	}
	for _, codec := range codecs {
		config := saramaConfig()
		config.Producer.Compression = codec
		if err := saramaProduce(200, config); err != nil {
			return fmt.Errorf("%v: %w", codec, err)
		}
	}
	return saramaConsume(200 * len(codecs))
}

type saramaReader struct {
	values chan string
}

func (saramaReader) Setup(sarama.ConsumerGroupSession) error   { return nil }
func (saramaReader) Cleanup(sarama.ConsumerGroupSession) error { return nil }

func (reader saramaReader) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for message := range claim.Messages() {
		session.MarkMessage(message, "")
		reader.values <- string(message.Value)
	}
	return nil
}

func saramaTake(count int) error {
	group, err := sarama.NewConsumerGroup([]string{address}, topic, saramaConfig())
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	reader := saramaReader{values: make(chan string, count)}
	done := make(chan error, 1)
	go func() { done <- group.Consume(ctx, []string{topic}, reader) }()
	for i := 0; i < count; i++ {
		select {
		case value := <-reader.values:
			if err := expect(value == strconv.Itoa(i), "%s, expected %d", value, i); err != nil {
				return err
			}
		case <-ctx.Done():
			return fmt.Errorf("only %d of %d records came", i, count)
		}
	}
	cancel()
	if err := <-done; err != nil {
		return err
	}
	return group.Close()
}

// The second time the group starts where the first ended: it sees the second hundred only.
func saramaGroup() error {
	for round := 0; round < 2; round++ {
		if err := saramaProduce(100, saramaConfig()); err != nil {
			return err
		}
		if err := saramaTake(100); err != nil {
			return err
		}
	}
	return nil
}

func saramaAdmin() error {
	admin, err := sarama.NewClusterAdmin([]string{address}, saramaConfig())
	if err != nil {
		return err
	}
	defer admin.Close()
	if err := admin.CreateTopic(topic, &sarama.TopicDetail{NumPartitions: 2, ReplicationFactor: 1}, false); err != nil {
		return err
	}
	if err := admin.CreatePartitions(topic, 3, nil, false); err != nil {
		return err
	}
	described, err := admin.DescribeTopics([]string{topic})
	if err != nil {
		return err
	}
	if err := expect(len(described[0].Partitions) == 3, "%v", described[0]); err != nil {
		return err
	}
	retention := "1000000"
	if err := admin.AlterConfig(sarama.TopicResource, topic, map[string]*string{"retention.ms": &retention}, false); err != nil {
		return err
	}
	entries, err := admin.DescribeConfig(sarama.ConfigResource{Type: sarama.TopicResource, Name: topic})
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.Name == "retention.ms" && entry.Value != retention {
			return fmt.Errorf("retention.ms is %s", entry.Value)
		}
	}
	if _, _, err := admin.DescribeCluster(); err != nil {
		return err
	}
	return admin.DeleteTopic(topic)
}
