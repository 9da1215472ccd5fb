/** Where a client was configured to go. */
export interface Endpoint {
  /** Host name, IP address, path of a Unix socket, or a comma list of `host:port` where several were configured. */
  readonly address: string;
  /** Absent for Unix sockets and where several servers were configured. */
  readonly port?: number;
}

/** The node at the other end of a connection. */
export interface Peer {
  readonly address: string;
  readonly port?: number;
}

/** The endpoint of a client that was given these servers. */
export function endpointOf(servers: readonly Endpoint[]): Endpoint {
  const [first] = servers;
  if (first !== undefined && servers.length === 1) return first;
  return { address: servers.map(hostPort).join(',') };
}

/** `host:port`, as in `cacheNames`; IPv6 addresses in brackets. */
export function hostPort({ address, port }: Endpoint): string {
  if (port === undefined) return address;
  return address.includes(':') && !address.startsWith('[') ? `[${address}]:${port}` : `${address}:${port}`;
}
