locals {
  # A Google rule has networks of one family. The default network has only IPv4.
  rules = merge([
    for name, firewall in var.firewalls : {
      for index, rule in firewall.incoming : "${name}-${index}" => merge(rule, { firewall = name, network = firewall.network })
      if length(rule.v4) > 0
    }
  ]...)
}

resource "google_compute_firewall" "sensor" {
  for_each      = local.rules
  name          = "sensorbake-${each.key}"
  network       = each.value.network
  direction     = "INGRESS"
  source_ranges = each.value.v4
  target_tags   = ["sensorbake-${each.value.firewall}"]

  allow {
    protocol = each.value.protocol
    ports    = each.value.ports == null ? null : [each.value.ports]
  }

  lifecycle {
    create_before_destroy = true
  }
}

# The address stays if the machine is replaced.
resource "google_compute_address" "sensor" {
  for_each = var.sensors
  name     = each.key
  region   = regex("^(.*)-[a-z]$", each.value.region)[0]
}

resource "google_compute_instance" "sensor" {
  for_each     = var.sensors
  name         = each.key
  zone         = each.value.region
  machine_type = each.value.size
  tags         = ["sensorbake-${each.value.firewall}"]
  metadata = {
    user-data = file("${path.module}/../sensors/${each.key}/user-data")
  }

  boot_disk {
    initialize_params {
      image = each.value.image
      size  = each.value.disk_gigabytes
    }
  }
  network_interface {
    network = each.value.network
    access_config {
      nat_ip = google_compute_address.sensor[each.key].address
    }
  }

  # `sensorbake apply` changes a running sensor; a newer image would replace it.
  lifecycle {
    ignore_changes = [boot_disk[0].initialize_params[0].image, metadata["user-data"]]
  }
}
