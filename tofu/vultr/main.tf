locals {
  # Vultr's rules have one network each.
  rules = merge(flatten([
    for firewall, value in var.firewalls : [
      for rule in value.incoming : [
        for network in concat(rule.v4, rule.v6) : {
          "${firewall} ${rule.protocol} ${rule.ports == null ? "any" : rule.ports} ${network}" = {
            firewall = firewall
            protocol = rule.protocol
            ports    = rule.ports
            network  = network
          }
        }
      ]
    ]
  ])...)
}

resource "vultr_firewall_group" "sensor" {
  for_each    = var.firewalls
  description = "sensorbake-${each.key}"

  lifecycle {
    create_before_destroy = true
  }
}

resource "vultr_firewall_rule" "sensor" {
  for_each          = local.rules
  firewall_group_id = vultr_firewall_group.sensor[each.value.firewall].id
  protocol          = each.value.protocol
  ip_type           = strcontains(each.value.network, ":") ? "v6" : "v4"
  subnet            = split("/", each.value.network)[0]
  subnet_size       = tonumber(split("/", each.value.network)[1])
  port              = each.value.ports == null ? null : replace(each.value.ports, "-", ":")
}

resource "vultr_instance" "sensor" {
  for_each          = var.sensors
  label             = each.key
  hostname          = each.key
  region            = each.value.region
  plan              = each.value.size
  os_id             = tonumber(each.value.image)
  enable_ipv6       = true
  activation_email  = false
  firewall_group_id = vultr_firewall_group.sensor[each.value.firewall].id
  user_data         = file("${path.module}/../sensors/${each.key}/user-data")

  # `sensorbake apply` changes a running sensor; a change of these values would replace or reinstall it.
  lifecycle {
    ignore_changes = [os_id, user_data]
  }
}
