# Without a key, DigitalOcean mails a root password.
data "digitalocean_ssh_keys" "all" {}

# A firewall accepts only ten machines, but any number with a tag.
resource "digitalocean_tag" "firewall" {
  for_each = var.firewalls
  name     = "sensorbake-${each.key}"
}

resource "digitalocean_firewall" "sensor" {
  for_each = var.firewalls
  name     = "sensorbake-${each.key}"
  tags     = [digitalocean_tag.firewall[each.key].id]

  dynamic "inbound_rule" {
    for_each = each.value.incoming
    content {
      protocol         = inbound_rule.value.protocol
      port_range       = inbound_rule.value.ports
      source_addresses = concat(inbound_rule.value.v4, inbound_rule.value.v6)
    }
  }
  dynamic "outbound_rule" {
    for_each = { tcp = "1-65535", udp = "1-65535", icmp = null }
    content {
      protocol              = outbound_rule.key
      port_range            = outbound_rule.value
      destination_addresses = ["0.0.0.0/0", "::/0"]
    }
  }

  lifecycle {
    create_before_destroy = true
  }
}

resource "digitalocean_droplet" "sensor" {
  for_each  = var.sensors
  name      = each.key
  region    = each.value.region
  size      = each.value.size
  image     = each.value.image
  ipv6      = true
  ssh_keys  = data.digitalocean_ssh_keys.all.ssh_keys[*].id
  tags      = [digitalocean_tag.firewall[each.value.firewall].id]
  user_data = file("${path.module}/../sensors/${each.key}/user-data")

  # `sensorbake apply` changes a running sensor; a change of these values would replace it.
  lifecycle {
    ignore_changes = [image, ssh_keys, user_data]
  }
}
