variable "pool" {
  description = "Storage pool for the machines' disks."
  type        = string
  default     = "default"
}

locals {
  seeds = { for name, sensor in var.sensors : name => "${path.module}/../sensors/${name}" }
}

resource "libvirt_volume" "image" {
  for_each = toset(values(var.sensors)[*].image)
  name     = "sensorbake-${basename(each.key)}"
  pool     = var.pool
  source   = each.key
}

resource "libvirt_volume" "disk" {
  for_each       = var.sensors
  name           = "${each.key}.qcow2"
  pool           = var.pool
  base_volume_id = libvirt_volume.image[each.value.image].id
  size           = each.value.disk_gigabytes * 1000000000

  lifecycle {
    ignore_changes = [base_volume_id]
  }
}

resource "libvirt_cloudinit_disk" "seed" {
  for_each       = var.sensors
  name           = "${each.key}-seed.iso"
  pool           = var.pool
  user_data      = file("${local.seeds[each.key]}/user-data")
  meta_data      = file("${local.seeds[each.key]}/meta-data")
  network_config = fileexists("${local.seeds[each.key]}/network-config") ? file("${local.seeds[each.key]}/network-config") : null

  # `sensorbake apply` changes a running sensor; a new seed would replace it.
  lifecycle {
    ignore_changes = [meta_data, network_config, user_data]
  }
}

# libvirt has no firewall of its own; the sensor restricts the admin port itself.
resource "libvirt_domain" "sensor" {
  for_each  = var.sensors
  name      = each.key
  vcpu      = each.value.cpus
  memory    = each.value.memory_megabytes
  cloudinit = libvirt_cloudinit_disk.seed[each.key].id
  autostart = true

  disk {
    volume_id = libvirt_volume.disk[each.key].id
  }
  network_interface {
    network_name   = each.value.network
    wait_for_lease = true
  }
  console {
    type        = "pty"
    target_port = "0"
    target_type = "serial"
  }
}
