package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
)

func franzClient(options ...kgo.Opt) (*kgo.Client, error) {
	return kgo.NewClient(append([]kgo.Opt{
		kgo.SeedBrokers(address),
		kgo.DefaultProduceTopic(topic),
		kgo.AllowAutoTopicCreation(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	}, options...)...)
}

func franzProduce(ctx context.Context, count int, options ...kgo.Opt) error {
	client, err := franzClient(options...)
	if err != nil {
		return err
	}
	defer client.Close()
	records := make([]*kgo.Record, count)
	for i := range records {
		records[i] = kgo.StringRecord(strconv.Itoa(i))
	}
	return client.ProduceSync(ctx, records...).FirstErr()
}

func franzTake(ctx context.Context, client *kgo.Client, count int) ([]*kgo.Record, error) {
	var records []*kgo.Record
	for len(records) < count {
		fetches := client.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return nil, err
		}
		records = append(records, fetches.Records()...)
	}
	return records, nil
}

func franzConsume(ctx context.Context, count int) ([]*kgo.Record, error) {
	client, err := franzClient(kgo.ConsumeTopics(topic))
	if err != nil {
		return nil, err
	}
	defer client.Close()
	return franzTake(ctx, client, count)
}

// The default producer is idempotent and compresses with snappy.
func franzProduceAndConsume() error {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	if err := franzProduce(ctx, 1000); err != nil {
		return err
	}
	records, err := franzConsume(ctx, 1000)
	if err != nil {
		return err
	}
	for i, record := range records {
		if err := expect(string(record.Value) == strconv.Itoa(i), "record %d: %s", i, record.Value); err != nil {
			return err
		}
	}
	return nil
}

func franzCompressions() error {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	codecs := []kgo.CompressionCodec{
		kgo.NoCompression(), kgo.GzipCompression(), kgo.SnappyCompression(), kgo.Lz4Compression(), kgo.ZstdCompression(),
	}
	for _, codec := range codecs {
		if err := franzProduce(ctx, 500, kgo.ProducerBatchCompression(codec)); err != nil {
			return err
		}
	}
	records, err := franzConsume(ctx, 500*len(codecs))
	if err != nil {
		return err
	}
	for i, record := range records {
		if err := expect(string(record.Value) == strconv.Itoa(i%500), "record %d: %s", i, record.Value); err != nil {
			return err
		}
	}
	return nil
}

// A second member joins and leaves; what was committed is not read again.
func franzGroup() error {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	if err := franzProduce(ctx, 100); err != nil {
		return err
	}
	member := func() (*kgo.Client, error) {
		return franzClient(kgo.ConsumeTopics(topic), kgo.ConsumerGroup(topic))
	}
	first, err := member()
	if err != nil {
		return err
	}
	if _, err := franzTake(ctx, first, 100); err != nil {
		return err
	}
	second, err := member()
	if err != nil {
		return err
	}
	if err := first.CommitUncommittedOffsets(ctx); err != nil {
		return err
	}
	first.Close()
	if err := franzProduce(ctx, 1); err != nil {
		return err
	}
	records, err := franzTake(ctx, second, 1)
	second.Close()
	if err != nil {
		return err
	}
	return expect(records[0].Offset == 100, "offset %d", records[0].Offset)
}

func franzAdmin() error {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	client, err := franzClient()
	if err != nil {
		return err
	}
	defer client.Close()
	admin := kadm.NewClient(client)
	if _, err := admin.CreateTopic(ctx, 2, 1, nil, topic); err != nil {
		return fmt.Errorf("create topic: %w", err)
	}
	if _, err := admin.CreatePartitions(ctx, 1, topic); err != nil {
		return fmt.Errorf("create partitions: %w", err)
	}
	topics, err := admin.ListTopics(ctx, topic)
	if err != nil {
		return err
	}
	if err := expect(len(topics[topic].Partitions) == 3, "%v", topics[topic]); err != nil {
		return err
	}
	if err := admin.CommitAllOffsets(ctx, topic, kadm.OffsetsFromRecords(kgo.Record{Topic: topic, Offset: 6})); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	offsets, err := admin.FetchOffsets(ctx, topic)
	if err != nil {
		return err
	}
	at, _ := offsets.Lookup(topic, 0)
	if err := expect(at.At == 7, "offset %d", at.At); err != nil {
		return err
	}
	if _, err := admin.DescribeGroups(ctx, topic); err != nil {
		return fmt.Errorf("describe groups: %w", err)
	}
	if _, err := admin.DescribeTopicConfigs(ctx, topic); err != nil {
		return fmt.Errorf("describe configs: %w", err)
	}
	if _, err := admin.DeleteGroups(ctx, topic); err != nil {
		return fmt.Errorf("delete group: %w", err)
	}
	_, err = admin.DeleteTopics(ctx, topic)
	return err
}
