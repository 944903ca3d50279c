// Prints how many 4 KB mails a second nodemailer hands to an SMTP server on loopback through its pool.
// Arguments: port, mails, connections.
import net from "node:net";
import nodemailer from "nodemailer";

const [port, mails, connections] = process.argv.slice(2).map(Number);
const transport = nodemailer.createTransport({
  host: "127.0.0.1",
  port,
  secure: false,
  ignoreTLS: true,
  pool: true,
  maxConnections: connections,
  maxMessages: Infinity,
  // Its own sockets wait for acknowledgements 40 ms at a time (Nagle): without that it is several times as quick, and the better yardstick.
  getSocket: (options, done) => {
    const socket = net.connect({ port: options.port, host: options.host, noDelay: true }, () => done(null, { connection: socket }));
    socket.once("error", done);
  },
});
const body = "All work and no play makes a dull line of text.\r\n".repeat(75);

let next = 0;
async function lane() {
  while (next < mails) {
    const n = next++;
    await transport.sendMail({
      from: "care@bench.example",
      to: `person${n}@peer.example`,
      subject: "Your order",
      text: `Hello Person ${n},\r\n${body}`,
    });
  }
}

const started = process.hrtime.bigint();
await Promise.all(Array.from({ length: connections * 4 }, lane));
const seconds = Number(process.hrtime.bigint() - started) / 1e9;
transport.close();
console.log((mails / seconds).toFixed(1));
