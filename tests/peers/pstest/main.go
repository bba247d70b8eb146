// Serves Google's own fake of Pub/Sub (gRPC only) on 127.0.0.1 until standard input ends.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"os"

	pb "cloud.google.com/go/pubsub/v2/apiv1/pubsubpb"
	"cloud.google.com/go/pubsub/v2/pstest"
	"google.golang.org/grpc"
)

// What a request may hold: the service takes 10 MB of messages, a gRPC server by itself only 4 MiB.
const maxRequestBytes = 11_000_000

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: pstest <port, or 0 for any>")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	fake := pstest.NewServer()
	server := grpc.NewServer(grpc.MaxRecvMsgSize(maxRequestBytes))
	pb.RegisterPublisherServer(server, &fake.GServer)
	pb.RegisterSubscriberServer(server, &fake.GServer)
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	fmt.Println(listener.Addr())
	log.Fatal(server.Serve(listener))
}
