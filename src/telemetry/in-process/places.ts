import { existsSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Places that are told apart; caches that are made in others share a name. */
const MOST_PLACES = 1000;
/** Frames that are looked at: a built-in such as `Reflect.construct` may lie between. */
const DEPTH = 3;
/** Frames that are looked at where some of them may be left out. */
const DEPTH_WITH_HELPERS = 8;

/** A place in the code where caches are made. One object per place. */
export interface Place {
  /** `file:line`, the file relative to the application's folder; that of a dependency from its package's name on. */
  readonly name: string;
  /** The package whose code it is; undefined: the application's own. */
  readonly package: string | undefined;
}

const OTHER: Place = { name: 'other', package: undefined };

const byFile = new Map<string, Map<number, Place>>();
let count = 0;

/**
 * The place that called a function.
 * @param callee on the stack now: what lies above it is left out
 * @param helpers files that call it for others; they are the place only where nobody else can be seen
 */
export function callerOf(callee: Function, helpers?: RegExp): Place {
  const site = callSite(callee, helpers);
  const file = site?.getFileName();
  if (site === undefined || file === undefined || file === null) return OTHER;
  // The offset tells as much as line and column and is there already; V8 has to look for these.
  const offset = positionOf(site);
  let places = byFile.get(file);
  const known = places?.get(offset);
  if (known !== undefined) return known;
  if (count >= MOST_PLACES) return OTHER;
  count++;
  const place = describe(file, site.getLineNumber());
  if (places === undefined) byFile.set(file, (places = new Map<number, Place>()));
  places.set(offset, place);
  return place;
}

function positionOf(site: NodeJS.CallSite): number {
  return (site as NodeJS.CallSite & { getPosition(): number }).getPosition();
}

/** The frames themselves, not a text that would have to be made and taken apart. */
function callSite(callee: Function, helpers: RegExp | undefined): NodeJS.CallSite | undefined {
  try {
    const { prepareStackTrace, stackTraceLimit } = Error;
    const holder: { stack?: unknown } = {};
    try {
      Error.stackTraceLimit = helpers === undefined ? DEPTH : DEPTH_WITH_HELPERS;
      Error.prepareStackTrace = framesThemselves;
      Error.captureStackTrace(holder, callee);
      const frames = holder.stack as readonly NodeJS.CallSite[];
      return (
        (helpers && frames.find((frame) => hasFile(frame) && !helpers.test(frame.getFileName()!))) ??
        frames.find(hasFile)
      );
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
      Error.prepareStackTrace = prepareStackTrace;
    }
  } catch {
    // An application may have frozen `Error`.
    return undefined;
  }
}

function hasFile(frame: NodeJS.CallSite): boolean {
  return typeof frame.getFileName() === 'string';
}

function framesThemselves(_error: Error, frames: readonly NodeJS.CallSite[]): unknown {
  return frames;
}

function describe(file: string, line: number | null): Place {
  const path = file.startsWith('file:') ? fileURLToPath(file) : file;
  const modules = `${sep}node_modules${sep}`;
  const inside = path.lastIndexOf(modules);
  const shown = inside === -1 ? relative(appFolder(), path) : path.slice(inside + modules.length);
  const parts = shown.split(sep);
  const owner = shown.startsWith('@') ? parts.slice(0, 2).join('/') : parts[0];
  return { name: `${parts.join('/')}:${line ?? 0}`, package: inside === -1 ? undefined : owner };
}

let folder: string | undefined;

/** The folder of the main program's package, else the working directory. */
function appFolder(): string {
  return (folder ??= packageFolder(process.argv[1]) ?? process.cwd());
}

function packageFolder(main: string | undefined): string | undefined {
  for (let at = main; at !== undefined && dirname(at) !== at;) {
    at = dirname(at);
    if (existsSync(join(at, 'package.json'))) return at;
  }
  return undefined;
}
