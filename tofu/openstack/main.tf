locals {
  # OpenStack's rules have one network each.
  rules = merge(flatten([
    for firewall, value in var.firewalls : [
      for rule in value.incoming : [
        for network in concat(rule.v4, rule.v6) : {
          "${firewall} ${rule.protocol} ${rule.ports == null ? "any" : rule.ports} ${network}" = {
            firewall = firewall
            region   = value.region
            family   = strcontains(network, ":") ? "IPv6" : "IPv4"
            protocol = strcontains(network, ":") && rule.protocol == "icmp" ? "ipv6-icmp" : rule.protocol
            first    = rule.first
            last     = rule.last
            network  = network
          }
        }
      ]
    ]
  ])...)
}

data "openstack_images_image_v2" "sensor" {
  for_each    = var.sensors
  region      = each.value.region
  name        = each.value.image
  most_recent = true
}

resource "openstack_networking_secgroup_v2" "sensor" {
  for_each    = var.firewalls
  region      = each.value.region
  name        = "sensorbake-${each.key}"
  description = "Sensors of sensorbake, managed by OpenTofu"

  lifecycle {
    create_before_destroy = true
  }
}

resource "openstack_networking_secgroup_rule_v2" "sensor" {
  for_each          = local.rules
  region            = each.value.region
  security_group_id = openstack_networking_secgroup_v2.sensor[each.value.firewall].id
  direction         = "ingress"
  ethertype         = each.value.family
  protocol          = each.value.protocol
  port_range_min    = each.value.first
  port_range_max    = each.value.last
  remote_ip_prefix  = each.value.network
}

resource "openstack_compute_instance_v2" "sensor" {
  for_each        = var.sensors
  region          = each.value.region
  name            = each.key
  flavor_name     = each.value.size
  image_id        = data.openstack_images_image_v2.sensor[each.key].id
  security_groups = [openstack_networking_secgroup_v2.sensor[each.value.firewall].name]
  user_data       = filebase64("${path.module}/../sensors/${each.key}/user-data")

  network {
    name = each.value.network
  }

  # `sensorbake apply` changes a running sensor; a newer image or new user-data would replace it.
  lifecycle {
    ignore_changes = [image_id, user_data]
  }
}
