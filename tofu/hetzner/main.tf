# Without a key, Hetzner mails a root password.
data "hcloud_ssh_keys" "all" {}

resource "hcloud_firewall" "sensor" {
  for_each = var.firewalls
  name     = "sensorbake-${each.key}"

  dynamic "rule" {
    for_each = each.value.incoming
    content {
      direction  = "in"
      protocol   = rule.value.protocol
      port       = rule.value.ports
      source_ips = concat(rule.value.v4, rule.value.v6)
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

# The address stays if the machine is replaced.
resource "hcloud_primary_ip" "sensor" {
  for_each    = var.sensors
  name        = each.key
  type        = "ipv4"
  location    = each.value.region
  auto_delete = false
}

resource "hcloud_server" "sensor" {
  for_each     = var.sensors
  name         = each.key
  location     = each.value.region
  server_type  = each.value.size
  image        = each.value.image
  ssh_keys     = data.hcloud_ssh_keys.all.ssh_keys[*].name
  firewall_ids = [hcloud_firewall.sensor[each.value.firewall].id]
  user_data    = file("${path.module}/../sensors/${each.key}/user-data")

  public_net {
    ipv4         = hcloud_primary_ip.sensor[each.key].id
    ipv6_enabled = true
  }

  # `sensorbake apply` changes a running sensor; a change of these values would replace it.
  lifecycle {
    ignore_changes = [image, ssh_keys, user_data]
  }
}
