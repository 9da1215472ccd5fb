import { createNoopMeter, metrics, ProxyTracerProvider, trace } from '@opentelemetry/api';
import { SCOPE_NAME } from '../semconv';
import type { Telemetry } from '../telemetry/telemetry';
import { LazyTracerProvider } from './lazy-tracer';
import { resolveSdk, startSdk } from './sdk';
import { say } from './say';

/** How long an application that has loaded an SDK may take to start it, in milliseconds. */
const GRACE = 10_000;

const SDK_PACKAGE = /[\\/]node_modules[\\/]@opentelemetry[\\/]sdk-(node|trace|trace-base|trace-node|metrics)[\\/]/;

/**
 * Sees to it that there is an SDK: that of the application or of another preload, whenever they start it, else one of ours.
 *
 * Ours starts as late as can be, for a second SDK in a process is refused: when the application starts a first span, or
 * when a first cache operation is there to be told. An application that has loaded an SDK is given time to start it.
 */
export function provideSdk(telemetry: Telemetry): void {
  const path = resolveSdk();
  const provision = new Provision(path, telemetry);
  telemetry.onOperation = provision.need;
  if (path !== undefined) provision.offerTracers();
  process.once('beforeExit', provision.atEnd);
  process.once('exit', provision.atExit);
}

class Provision {
  private started = false;
  private waitsSince: number | undefined;
  private told = false;

  constructor(
    private readonly path: string | undefined,
    private readonly telemetry: Telemetry,
  ) {}

  /** The tracers that the application makes before there is an SDK ask for one when they start a span. */
  offerTracers(): void {
    const proxy = trace.getTracerProvider();
    if (proxy instanceof ProxyTracerProvider && !isSdkThere()) {
      proxy.setDelegate(new LazyTracerProvider(this.need));
    }
  }

  /** Somebody needs an SDK. */
  readonly need = (): void => {
    if (this.started || isSdkThere()) {
      this.telemetry.onOperation = undefined;
      return;
    }
    if (isSdkLoaded()) {
      this.waitsSince ??= Date.now();
      if (Date.now() - this.waitsSince < GRACE) return;
    }
    this.start();
  };

  readonly atEnd = (): void => {
    // An SDK that was loaded and not started by now never will be.
    if (!this.started && !isSdkThere() && this.waitsSince !== undefined) this.start();
  };

  readonly atExit = (): void => {
    if (!this.started && !isSdkThere()) this.tellOnce();
  };

  private start(): void {
    if (this.path === undefined) return this.tellOnce();
    this.started = true;
    startSdk(this.path);
  }

  private tellOnce(): void {
    if (this.told || this.path !== undefined) return;
    this.told = true;
    say(`${SCOPE_NAME}: there is no OpenTelemetry SDK, so nothing is exported; npm install @opentelemetry/sdk-node`);
  }
}

/** Whether anybody has registered a provider of traces or of metrics. */
export function isSdkThere(): boolean {
  const provider = trace.getTracerProvider();
  const delegate = provider instanceof ProxyTracerProvider ? provider.getDelegate() : provider;
  const hasTracers = !(delegate instanceof LazyTracerProvider) && delegate.constructor.name !== 'NoopTracerProvider';
  return hasTracers || metrics.getMeterProvider().getMeter(SCOPE_NAME).constructor !== createNoopMeter().constructor;
}

function isSdkLoaded(): boolean {
  return Object.keys(require.cache).some((path) => SDK_PACKAGE.test(path));
}
