import type { Socket } from "node:net";

/** How each connection of HTTP/2 begins (RFC 9113, section 3.4). Four bytes of it tell it from any request of HTTP/1.1. */
const PREFACE = Buffer.from("PRI ");

/** Reads as much as it takes to tell the protocol, and puts it back. */
export function sniff(socket: Socket, found: (isHttp2: boolean) => void): void {
  let seen = Buffer.alloc(0);
  const look = () => {
    const chunk = socket.read() as Buffer | null;
    if (chunk === null) return;
    seen = Buffer.concat([seen, chunk]);
    const known = Math.min(seen.length, PREFACE.length);
    const alike = seen.subarray(0, known).equals(PREFACE.subarray(0, known));
    if (alike && known < PREFACE.length) return;
    socket.off("readable", look);
    socket.unshift(seen);
    found(alike);
  };
  socket.on("readable", look);
}
