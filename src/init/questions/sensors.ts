import { targets } from "../../plan/targets.ts";
import type { TargetName } from "../../values/target-names.ts";
import type { Answers, SensorAnswers } from "../answers.ts";
import { always, none, type Question, refused, type Taken, taken } from "../question.ts";

/** The questions about each sensor, and whether there is another one. */
export function sensorQuestions({ sensors }: Answers): readonly Question[] {
  // `another` has asked for the names of the others.
  return sensors.flatMap((_, index) => [...questionsAbout(index).slice(index === 0 ? 0 : 1), another(index)]);
}

/** The questions about one sensor, its name first. */
export function questionsAbout(index: number): readonly Question[] {
  const sensorOf = ({ sensors }: Answers): SensorAnswers => {
    const sensor = sensors[index];
    if (sensor === undefined) throw new Error(`there is no sensor ${index}`);
    return sensor;
  };
  const change = (answers: Answers, values: Partial<SensorAnswers>): Taken =>
    taken({ ...answers, sensors: answers.sensors.with(index, { ...sensorOf(answers), ...values }) });
  return [
    {
      option: "sensor",
      sensor: index,
      isAsked: always,
      prompt: "Name of the sensor",
      answer: (answers) => sensorOf(answers).name,
      take: (name, answers) => change(answers, { name }),
    },
    {
      option: "target",
      sensor: index,
      isAsked: always,
      about: () =>
        `Where the sensor runs: pi is a Raspberry Pi, nocloud is a virtual machine (libvirt, Proxmox, VMware) or a machine that exists already, the others are providers: ${Object.keys(
          targets,
        )
          .filter((name) => name !== "pi" && name !== "nocloud")
          .join(", ")}`,
      prompt: "Target",
      choices: () => Object.keys(targets),
      answer: (answers) => sensorOf(answers).target,
      take: (target, answers) => {
        const { os, wifi } = sensorOf(answers);
        const systems = systemsOf(target);
        return change(answers, {
          target,
          os: systems.includes(os) ? os : (systems[0] ?? os),
          wifi: target === "pi" ? wifi : undefined,
        });
      },
    },
    {
      option: "os",
      sensor: index,
      isAsked: (answers) => systemsOf(sensorOf(answers).target).length > 1,
      about: (answers) => `The operating system: ${systemsOf(sensorOf(answers).target).join(", ")}`,
      prompt: "Operating system",
      choices: (answers) => systemsOf(sensorOf(answers).target),
      answer: (answers) => sensorOf(answers).os,
      take: (os, answers) => {
        const systems = systemsOf(sensorOf(answers).target);
        return systems.includes(os)
          ? change(answers, { os })
          : refused(`choose one of ${systems.join(", ")}`);
      },
    },
    {
      option: "region",
      sensor: index,
      isAsked: (answers) => sensorOf(answers).target === "ec2",
      about: () => "The region's code is at the top right of the AWS console.",
      prompt: "EC2 region",
      answer: (answers) => sensorOf(answers).region,
      take: (region, answers) => change(answers, { region }),
    },
    {
      option: "address",
      sensor: index,
      isAsked: (answers) => sensorOf(answers).target === "nocloud",
      about: () =>
        "If the machine exists already, `sensorbake apply` makes it a sensor over SSH. A new machine needs no address: its first boot makes it a sensor.",
      prompt: "Address of the existing machine, or - for a new one",
      answer: (answers) => sensorOf(answers).address ?? none,
      take: (text, answers) => change(answers, { address: text === none ? undefined : text }),
    },
    {
      option: "wifi",
      sensor: index,
      isAsked: (answers) => sensorOf(answers).target === "pi",
      prompt: "Name of the Wi-Fi network, or - for Ethernet",
      answer: (answers) => sensorOf(answers).wifi?.ssid ?? none,
      take: (ssid, answers) => {
        const country = sensorOf(answers).wifi?.country;
        return change(answers, { wifi: ssid === none ? undefined : { ssid, country } });
      },
    },
    {
      option: "country",
      sensor: index,
      isAsked: (answers) => sensorOf(answers).wifi !== undefined,
      prompt: "Country code, for radio regulations",
      answer: (answers) => sensorOf(answers).wifi?.country,
      take: (country, answers) => {
        const { wifi } = sensorOf(answers);
        return wifi === undefined ? taken(answers) : change(answers, { wifi: { ...wifi, country } });
      },
    },
  ];
}

/** Whether there is another sensor behind this one. */
export function another(index: number): Question {
  return {
    option: "sensor",
    sensor: index + 1,
    isAsked: always,
    prompt: "Name of another sensor, or - for no more",
    answer: () => none,
    take: (name, answers) => {
      const before = answers.sensors.slice(0, index + 1);
      const last = before.at(-1);
      if (name === none || last === undefined) return taken({ ...answers, sensors: before });
      if (before.some((sensor) => sensor.name === name)) return refused("another sensor has this name");
      return taken({
        ...answers,
        sensors: [...before, { ...last, name, wifi: undefined, address: undefined }],
      });
    },
  };
}

/** The systems that a target supports; the default comes first. */
export function systemsOf(target: string): readonly string[] {
  if (!Object.hasOwn(targets, target)) return [];
  // `hasOwn` does not narrow.
  const systems: readonly string[] = targets[target as TargetName].systems;
  const preferred = ["debian-13", "raspios-13", "ubuntu-24.04"].filter((os) => systems.includes(os));
  return [...new Set([...preferred, ...systems])];
}
