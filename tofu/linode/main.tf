# The provider never stores the root password that Linode requires: without root_pass it discards a random one.
resource "linode_instance" "sensor" {
  for_each        = var.sensors
  label           = each.key
  region          = each.value.region
  type            = each.value.size
  image           = each.value.image
  authorized_keys = [each.value.public_key]

  metadata {
    user_data = filebase64("${path.module}/../sensors/${each.key}/user-data")
  }

  # `sensorbake apply` changes a running sensor; a change of these values would replace it.
  lifecycle {
    ignore_changes = [authorized_keys, image, metadata]
  }
}

resource "linode_firewall" "sensor" {
  for_each        = var.firewalls
  label           = trim(substr("bake-${each.key}", 0, 32), "-")
  inbound_policy  = "DROP"
  outbound_policy = "ACCEPT"
  linodes         = [for name, sensor in var.sensors : linode_instance.sensor[name].id if sensor.firewall == each.key]

  dynamic "inbound" {
    for_each = each.value.incoming
    content {
      label    = "sensorbake-${inbound.key}"
      action   = "ACCEPT"
      protocol = upper(inbound.value.protocol)
      ports    = inbound.value.ports
      ipv4     = inbound.value.v4
      ipv6     = inbound.value.v6
    }
  }
}
