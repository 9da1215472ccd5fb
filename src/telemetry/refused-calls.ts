import { observedClient } from './observed-clients';
import type { Telemetry } from './telemetry';

/** A method of a client that makes a request. */
export interface RequestingMethod<C> {
  /** The name of its command. */
  readonly command: string;
  /** The arguments of the command, by those of the call. */
  readonly argumentsOf: (parameters: ArrayLike<unknown>, client: C) => readonly unknown[];
}

interface Call<C> {
  readonly client: C;
  readonly method: RequestingMethod<C>;
  readonly parameters: ArrayLike<unknown>;
  /** There is a request, which is an operation by itself, or the refusal has been told. */
  isTold: boolean;
}

/** What an adapter patches with. */
interface Patching {
  readonly telemetry: Telemetry | undefined;
  wrap(target: object, method: string, wrapper: (original: Function) => Function): unknown;
}

/** Calls that a client library refuses before there is a request, such as for a value that can't be sent: failed operations. */
export class RefusedCalls<C extends object> {
  /** The call that is being made. */
  private calling: Call<C> | undefined;

  /** The call that is being made has become a request. */
  requested(): void {
    if (this.calling !== undefined) this.calling.isTold = true;
  }

  /** The call that is being made is refused, and does not throw. */
  refused(error: unknown, host: Patching): void {
    if (this.calling !== undefined) refuse(this.calling, error, host);
  }

  patch(prototype: C, methods: Readonly<Record<string, RequestingMethod<C>>>, host: Patching): void {
    const enter = (call: Call<C> | undefined): Call<C> | undefined => {
      const outer = this.calling;
      this.calling = call;
      return outer;
    };
    for (const [name, method] of Object.entries(methods)) {
      host.wrap(prototype, name, (original) => {
        return function request(this: C): unknown {
          const call: Call<C> = { client: this, method, parameters: arguments, isTold: false };
          const outer = enter(call);
          try {
            return Reflect.apply(original, this, arguments) as unknown;
          } catch (error) {
            if (!call.isTold) refuse(call, error, host);
            throw error;
          } finally {
            enter(outer);
          }
        };
      });
    }
  }
}

function refuse<C extends object>(call: Call<C>, error: unknown, { telemetry }: Patching): void {
  const { client, method, parameters } = call;
  call.isTold = true;
  telemetry?.attempt(() => {
    const known = observedClient(client);
    const args = method.argumentsOf(parameters, client);
    const operation = known && telemetry.begin(known, method.command, args, 0);
    if (operation !== undefined) telemetry.fail(operation, error, undefined);
  });
}
