import { isMainThread } from 'node:worker_threads';
import * as api from '@opentelemetry/api';
import { copies } from '../copies';
import type { Telemetry } from '../telemetry/telemetry';
import { onApiImport, type TraceApi } from './imports';
import { watchEnd } from './process-end';
import { isSdkLoaded, isSdkRegistered, registeredTracerProvider } from './registered-sdk';
import { expectMissing, tellMissing } from './missing-sdk';
import { type OwnSdk, resolveSdk, startSdk } from './sdk';
import { SpanDemand } from './span-demand';

/** How long an application may go on after its first operation until it loads an SDK, in milliseconds. */
const PATIENCE = 1000;

/** How long an application that has loaded an SDK may take to start it, in milliseconds. */
const GRACE = 10_000;

/**
 * Sees to it that there is an SDK: that of the application or of another preload, whenever they start it, else one of ours.
 *
 * Ours starts as late as can be, for a second SDK in a process is refused: when the application starts a first span, else a
 * while after the first cache operation. What is counted until then is not lost, and an operation without a parent makes
 * no span by default. An application that has loaded an SDK is given more time to start it.
 */
export function provideSdk(telemetry: Telemetry): void {
  const provision = new Provision(resolveSdk(), telemetry);
  provision.begin();
}

class Provision {
  private own: OwnSdk | undefined;
  private waitsSince: number | undefined;
  private timer: NodeJS.Timeout | undefined;
  private sdkLoaded = false;
  private readonly demands: SpanDemand[] = [];
  private leaveEnd: (() => void) | undefined;

  constructor(
    private readonly path: string | undefined,
    private readonly telemetry: Telemetry,
  ) {}

  begin(): void {
    if (isSdkRegistered()) return;
    this.watch(api);
    onApiImport(this.watch);
    this.telemetry.onOperation = copies().operationSeen = this.operationSeen;
    if (this.path !== undefined || !isMainThread) return;
    // Whoever preloads this wants an SDK, even in a program that turns out to need none.
    expectMissing();
    process.once('exit', this.atExit);
    this.timer = setTimeout(this.atExit, GRACE).unref();
  }

  private readonly watch = (copy: TraceApi): void => {
    this.demands.push(new SpanDemand(copy, this.spanDemanded));
  };

  private readonly spanDemanded = (): void => {
    if (isSdkRegistered()) return this.finish();
    this.wait();
    this.sdkLoaded ||= isSdkLoaded();
    if (!this.sdkLoaded) this.start();
  };

  private readonly operationSeen = (): void => {
    if (isSdkRegistered()) return this.finish();
    this.telemetry.onOperation = undefined;
    // Without an SDK no parent is being sampled: then only the metrics need one, and they can wait.
    if (this.telemetry.settings.requireParentSpan) this.wait();
    else this.spanDemanded();
  };

  private wait(): void {
    if (this.waitsSince !== undefined) return;
    this.waitsSince = Date.now();
    this.leaveEnd = watchEnd(() => this.provide());
    clearTimeout(this.timer);
    this.timer = setTimeout(this.waited, PATIENCE).unref();
    process.removeListener('exit', this.atExit);
    process.once('exit', this.atExit);
  }

  private readonly waited = (): void => {
    if (!isSdkRegistered() && isSdkLoaded() && Date.now() - this.waitsSince! < GRACE) {
      this.timer!.refresh();
      return;
    }
    this.provide();
  };

  /** @returns our SDK, started by now; undefined: it is not for us to export */
  private provide(): OwnSdk | undefined {
    if (this.own !== undefined) return this.own;
    if (isSdkRegistered()) this.finish();
    else this.start();
    return this.own;
  }

  private start(): void {
    this.stop();
    if (this.path === undefined) return this.tellMissing();
    this.own = startSdk(this.path);
    if (this.own === undefined) return this.leaveEnd?.();
    const provider = registeredTracerProvider();
    if (provider !== undefined) for (const demand of this.demands) demand.delegateTo(provider);
    this.telemetry.handOverSpans(this.own.spans);
    for (const tell of copies().sdkStarted) tell();
  }

  /** Somebody else exports, and sees to the end. */
  private finish(): void {
    this.stop();
    this.leaveEnd?.();
  }

  private stop(): void {
    onApiImport(undefined);
    for (const demand of this.demands) demand.stop();
    this.telemetry.onOperation = copies().operationSeen = undefined;
    clearTimeout(this.timer);
    process.removeListener('exit', this.atExit);
  }

  /** The application ends before it was known whether there is an SDK, or has needed none for a while. */
  private readonly atExit = (): void => {
    if (this.path !== undefined || isSdkRegistered()) return;
    // With an SDK of its own it may have taken back what it had registered.
    if (this.waitsSince === undefined && isSdkLoaded()) return;
    this.stop();
    this.tellMissing();
  };

  private tellMissing(): void {
    this.leaveEnd?.();
    tellMissing();
  }
}
