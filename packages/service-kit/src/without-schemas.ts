import type { FastifyServerOptions } from "fastify";

const refuse = (): never => {
  throw new TypeError("The routes of this server have no schemas.");
};

/**
 * Options of a server whose routes have no schemas. Without them Fastify loads and sets up compilers for JSON schemas: a
 * hundred modules at each start.
 */
export const withoutSchemas: Pick<FastifyServerOptions, "schemaController"> = {
  schemaController: { compilersFactory: { buildValidator: refuse, buildSerializer: refuse } },
};
