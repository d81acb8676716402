import { createServer } from "node:http";
import process from "node:process";

/** The ceiling of a start: Node with a server that answers at once. */
const server = createServer((_request, response) => response.end("ok"));
server.listen({ host: "127.0.0.1", port: Number(process.env["BARE_PORT"]) });
process.once("SIGTERM", () => server.close());
