import type { DestroyPlan } from "./plan-destroy.ts";
import type { LaunchPlan, SensorStep } from "./plan-launch.ts";
import type { Rule } from "./rules.ts";

/** A launch plan for programs; docs/ec2.md describes its keys. */
export function launchPlanJson({ region, groups, templates, sensors }: LaunchPlan): object {
  return {
    region,
    security_groups: groups.map(({ does, name, network, rules }) => ({
      name,
      network,
      does,
      ingress: rules.ingress.map(ruleJson),
      egress: rules.egress.map(ruleJson),
    })),
    launch_templates: templates.map(({ does, template }) => ({
      name: template.name,
      does,
      instance_type: template.data.InstanceType,
      image: template.data.ImageId,
    })),
    sensors: sensors.map(sensorJson),
  };
}

function ruleJson({ protocol, from, to, cidr }: Rule): object {
  return { protocol, from_port: from ?? null, to_port: to ?? null, cidr };
}

function sensorJson({ sensor, does, drift, instance, image, address }: SensorStep): object {
  return {
    sensor: sensor.name,
    does,
    drift,
    instance_id: instance?.id ?? null,
    instance_type: sensor.ec2.instanceType,
    image,
    volume_gigabytes: sensor.ec2.volumeGigabytes,
    user_data_bytes: sensor.userData.byteLength,
    elastic_ip: { does: address.does, address: address.found?.address ?? null },
  };
}

/** A destroy plan for programs; docs/ec2.md describes its keys. */
export function destroyPlanJson({ region, instances, addresses, groups, templates }: DestroyPlan): object {
  return {
    region,
    instances: instances.map(({ sensor, id, state }) => ({ sensor, instance_id: id, state })),
    elastic_ips: addresses.map(({ sensor, address }) => ({ sensor, address })),
    security_groups: groups.map(({ name }) => ({ name })),
    launch_templates: templates.map(({ name }) => ({ name })),
  };
}
