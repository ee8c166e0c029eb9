// Command otel: the OpenTelemetry collector's own OTLP/HTTP receiver, on a free port of this machine.
//
//	otel ADDRESS
//
// It prints its base URL once it listens, then each request's spans on standard output, as the collector understood
// them: one line of OTLP JSON.
package main

import (
	"context"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/consumer"
	"go.opentelemetry.io/collector/pdata/ptrace"
	"go.opentelemetry.io/collector/receiver/otlpreceiver"
	"go.opentelemetry.io/collector/receiver/receivertest"
)

func freeAddress(host string) string {
	listener, err := net.Listen("tcp", host)
	if err != nil {
		log.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}

func main() {
	address := freeAddress(os.Args[1])
	factory := otlpreceiver.NewFactory()
	config := factory.CreateDefaultConfig()
	wanted := confmap.NewFromStringMap(map[string]any{
		"protocols": map[string]any{"http": map[string]any{"endpoint": address}}})
	if err := wanted.Unmarshal(config); err != nil {
		log.Fatal(err)
	}
	lines := make(chan []byte, 100)
	marshaler := ptrace.JSONMarshaler{}
	sink, err := consumer.NewTraces(func(_ context.Context, traces ptrace.Traces) error {
		line, err := marshaler.MarshalTraces(traces)
		if err == nil {
			lines <- line
		}
		return err
	})
	if err != nil {
		log.Fatal(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	receiver, err := factory.CreateTraces(ctx, receivertest.NewNopSettings(factory.Type()), config, sink)
	if err != nil {
		log.Fatal(err)
	}
	var host component.Host = componenttest.NewNopHost()
	if err := receiver.Start(ctx, host); err != nil {
		log.Fatal(err)
	}
	fmt.Println("http://" + address)
	for {
		select {
		case line := <-lines:
			fmt.Println(string(line))
		case <-ctx.Done():
			_ = receiver.Shutdown(context.Background())
			return
		}
	}
}
