import { setTimeout as sleep } from "node:timers/promises";
import type { Attack } from "../attacks/attack.ts";
import { secondsSince } from "../seconds-since.ts";
import type { Finding } from "./ask.ts";
import { findAttack } from "./find-attack.ts";
import { hints } from "./hints.ts";
import { observers, type Scene } from "./observers.ts";
import { type Place, places, whyNotIn } from "./place.ts";
import { promisesOf, type SensorPromise } from "./promise.ts";

/** One promise, and what the trial found. */
export type Observation = SensorPromise & {
  /** `undefined`: this trial lacks the part. */
  readonly observed: boolean | undefined;
  /** What was found, or why nothing was expected. */
  readonly evidence: string;
  /** What to look at if it was not observed; empty otherwise. */
  readonly hint: string;
  readonly seconds: number;
};

/** One attack in one place. */
export type Appearance = {
  readonly place: Place;
  readonly state: "seen" | "missing" | "not expected";
  readonly evidence: string;
};

export type AttackRow = { readonly attack: Attack; readonly appearances: readonly Appearance[] };

export type TrialResult = {
  readonly observations: readonly Observation[];
  readonly attacks: readonly AttackRow[];
  /** Whether everything that this trial must observe was observed. */
  readonly isComplete: boolean;
};

export type ObserveOptions = {
  readonly signal: AbortSignal;
  /** Reports what is observed now. */
  readonly onStep: (step: string) => void;
  /** Seconds to wait for an observation that may come later; 60 by default. */
  readonly waitSeconds?: number;
};

const livePlaces: ReadonlySet<Place> = new Set(["capture", "cowrie log", "web log", "firewall log"]);

/**
 * Observes every promise of the settings, and each attack in each place. The live logs come first; collection and the
 * backup are promises, and the places that they fill come last.
 */
export async function observeTrial(
  scene: Scene,
  attacks: readonly Attack[],
  { signal, onStep, waitSeconds = 60 }: ObserveOptions,
): Promise<TrialResult> {
  const found = new Map<string, Appearance>();
  const look = async (place: Place, attack: Attack): Promise<void> => {
    const reason = whyNotIn(place, attack, scene.plan, scene.scope);
    const appearance: Appearance =
      reason === undefined
        ? appearanceOf(await until(() => findAttack(place, attack, scene), signal, waitSeconds), place, scene)
        : { place, state: "not expected", evidence: reason };
    found.set(`${attack.id} ${place}`, appearance);
  };
  const lookIn = async (wanted: readonly Place[]): Promise<void> => {
    for (const place of wanted) {
      if (attacks.length > 0) onStep(`looking for the attacks in: ${place}`);
      for (const attack of attacks) await look(place, attack);
    }
  };

  await lookIn(places.filter((place) => livePlaces.has(place)));
  const observations: Observation[] = [];
  for (const promise of promisesOf(scene.plan, scene.scope)) {
    signal.throwIfAborted();
    if (promise.absent !== undefined) {
      observations.push({ ...promise, observed: undefined, evidence: promise.absent, hint: "", seconds: 0 });
      continue;
    }
    onStep(promise.promise);
    const begin = performance.now();
    const { observed, evidence } = await until(() => observers[promise.id](scene), signal, waitSeconds);
    const seconds = secondsSince(begin);
    observations.push({ ...promise, observed, evidence, hint: observed ? "" : hints[promise.id], seconds });
  }
  await lookIn(places.filter((place) => !livePlaces.has(place)));

  const rows = attacks.map((attack) => ({
    attack,
    appearances: places.flatMap((place) => found.get(`${attack.id} ${place}`) ?? []),
  }));
  return { observations, attacks: rows, isComplete: isComplete(observations, rows) };
}

function isComplete(observations: readonly Observation[], rows: readonly AttackRow[]): boolean {
  return (
    observations.every(({ observed }) => observed !== false) &&
    rows.every(({ appearances }) => appearances.every(({ state }) => state !== "missing"))
  );
}

function appearanceOf({ observed, evidence }: Finding, place: Place, { plan }: Scene): Appearance {
  if (observed) return { place, state: "seen", evidence };
  // A filter of the user may leave out anything.
  const mayBeLeftOut = (place === "capture" || place === "archive") && plan.capture.filter !== "";
  return mayBeLeftOut
    ? { place, state: "not expected", evidence: "capture.filter may leave it out" }
    : { place, state: "missing", evidence };
}

/** Repeats an observation until it succeeds or the time is over. Its last finding counts. */
async function until(
  observe: () => Promise<Finding>,
  signal: AbortSignal,
  waitSeconds: number,
): Promise<Finding> {
  const end = performance.now() + waitSeconds * 1000;
  for (;;) {
    signal.throwIfAborted();
    const finding = await observe();
    if (finding.observed || performance.now() >= end) return finding;
    await sleep(Math.min(3000, waitSeconds * 100), undefined, { signal });
  }
}
