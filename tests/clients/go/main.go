// Examples for the Go clients, run by test_go.py: examples CLIENT EXAMPLE ADDRESS TOPIC.
// Each checks what it sees; the exit code is 0 only if all was right.
package main

import (
	"fmt"
	"os"
	"time"
)

const deadline = 60 * time.Second

var (
	address string
	topic   string
)

var examples = map[string]func() error{
	"franz-go produceAndConsume": franzProduceAndConsume,
	"franz-go compressions":      franzCompressions,
	"franz-go group":             franzGroup,
	"franz-go admin":             franzAdmin,
	"sarama produceAndConsume":   saramaProduceAndConsume,
	"sarama compressions":        saramaCompressions,
	"sarama group":               saramaGroup,
	"sarama admin":               saramaAdmin,
}

func expect(right bool, format string, found ...any) error {
	if right {
		return nil
	}
	return fmt.Errorf("found "+format, found...)
}

func main() {
	address, topic = os.Args[3], os.Args[4]
	if err := examples[os.Args[1]+" "+os.Args[2]](); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
