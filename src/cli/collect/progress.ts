import type { Progress } from "../../backups/collect.ts";
import { clock, size } from "../shared/progress.ts";
import type { Streams } from "../shared/streams.ts";

/**
 * Shows the progress of a collection: a line for each finished archive. A terminal also shows the total and the
 * current archive with bytes, rate and time left; elsewhere a line with the total is printed now and then.
 */
export function showCollection({ say, status }: Streams) {
  const { now, tick, isDue, show, erase } = status;
  const started = now();
  const total = { archives: 0, bytes: 0, doneArchives: 0, doneBytes: 0 };
  const files = new Map<string, { got: number; readonly size: number }>();
  // Excludes bytes of a resumed part from the rate.
  let fetched = 0;
  let begun: number | undefined;
  const draw = () => {
    if (!isDue()) return;
    if (begun === undefined) return show(`listing the archives, ${clock((now() - started) / 1000)} so far`);
    const seconds = (now() - begun) / 1000;
    const rate = seconds > 0 ? fetched / seconds : 0;
    const left = rate > 0 ? `, ${clock((total.bytes - total.doneBytes) / rate)} left` : "";
    const percent = Math.floor((100 * total.doneBytes) / Math.max(1, total.bytes));
    let text = `${total.doneArchives} of ${total.archives} archives, ${percent} %, ${size(total.doneBytes)} of ${size(total.bytes)}, ${size(rate)}/s${left}`;
    const [current] = files;
    if (current !== undefined)
      text += `; ${current[0]} ${Math.floor((100 * current[1].got) / Math.max(1, current[1].size))} %`;
    show(text);
  };
  const stopTicking = tick(draw);
  return {
    tell: (progress: Progress) => {
      begun ??= now();
      switch (progress.kind) {
        case "found":
          // After a lost connection only the remaining archives are listed again.
          total.archives += progress.archives;
          total.bytes += progress.bytes;
          break;
        case "lost":
          total.archives -= progress.archives;
          total.bytes -= progress.bytes;
          for (const file of progress.files) {
            total.doneBytes -= files.get(file)?.got ?? 0;
            files.delete(file);
          }
          break;
        case "bytes": {
          const known = files.get(progress.file);
          const file = known ?? { got: 0, size: progress.size };
          files.set(progress.file, file);
          file.got += progress.count;
          total.doneBytes += progress.count;
          if (known !== undefined) fetched += Math.max(0, progress.count);
          break;
        }
        case "done": {
          const got = files.get(progress.file)?.got ?? 0;
          files.delete(progress.file);
          total.doneArchives += 1;
          total.doneBytes += progress.size - got;
          if (progress.what === "fetched")
            say(
              `${progress.file}  ${size(progress.size)}, ${size(progress.size / Math.max(0.001, progress.seconds))}/s`,
            );
          break;
        }
      }
      draw();
    },
    end: () => {
      stopTicking();
      erase();
    },
  };
}
