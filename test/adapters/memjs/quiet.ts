/** memjs prints every failure of a server, on the console unless told otherwise. */
export const quiet = { logger: { log: () => undefined } };
