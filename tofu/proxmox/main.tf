variable "images_datastore" {
  description = "Datastore for images and snippets."
  type        = string
  default     = "local"
}

variable "disks_datastore" {
  description = "Datastore for the machines' disks."
  type        = string
  default     = "local-lvm"
}

locals {
  seeds = merge([
    for name, sensor in var.sensors : {
      for file in fileset("${path.module}/../sensors/${name}", "*") :
      "${name} ${file}" => { sensor = name, file = file, node = sensor.region }
    }
  ]...)
  images = { for sensor in var.sensors : "${sensor.region} ${sensor.image}" => sensor... }
  # A Proxmox rule has networks of one family.
  rules = {
    for name, firewall in var.firewalls : name => flatten([
      for rule in firewall.incoming : [
        for family, networks in { v4 = rule.v4, v6 = rule.v6 } : {
          protocol                   = family == "v6" && rule.protocol == "icmp" ? "ipv6-icmp" : rule.protocol
          ports                      = rule.ports == null ? null : replace(rule.ports, "-", ":")
          networks                   = join(",", networks)
        } if length(networks) > 0
      ]
    ])
  }
}

resource "proxmox_virtual_environment_download_file" "image" {
  for_each     = local.images
  content_type = "iso"
  datastore_id = var.images_datastore
  node_name    = each.value[0].region
  url          = each.value[0].image
  file_name    = "${replace(basename(each.value[0].image), "/[.][a-z0-9]+$/", "")}.img"
  # The publisher replaces the image behind the same address.
  overwrite = false
}

resource "proxmox_virtual_environment_file" "seed" {
  for_each     = local.seeds
  content_type = "snippets"
  datastore_id = var.images_datastore
  node_name    = each.value.node

  source_raw {
    data      = file("${path.module}/../sensors/${each.value.sensor}/${each.value.file}")
    file_name = "${each.value.sensor}-${each.value.file}.yaml"
  }

  # `sensorbake apply` changes a running sensor; a new seed would replace it.
  lifecycle {
    ignore_changes = [source_raw]
  }
}

resource "proxmox_virtual_environment_vm" "sensor" {
  for_each  = var.sensors
  name      = each.key
  node_name = each.value.region

  agent {
    enabled = false
  }
  cpu {
    cores = each.value.cpus
    type  = "x86-64-v2-AES"
  }
  memory {
    dedicated = each.value.memory_megabytes
  }
  disk {
    datastore_id = var.disks_datastore
    file_id      = proxmox_virtual_environment_download_file.image["${each.value.region} ${each.value.image}"].id
    interface    = "virtio0"
    size         = each.value.disk_gigabytes
  }
  network_device {
    bridge   = each.value.network
    firewall = true
  }
  serial_device {}
  initialization {
    datastore_id      = var.disks_datastore
    user_data_file_id = proxmox_virtual_environment_file.seed["${each.key} user-data"].id
    meta_data_file_id = proxmox_virtual_environment_file.seed["${each.key} meta-data"].id
    # Without this file, the image uses DHCP.
    network_data_file_id = try(proxmox_virtual_environment_file.seed["${each.key} network-config"].id, null)
  }

  lifecycle {
    ignore_changes = [disk[0].file_id, initialization]
  }
}

resource "proxmox_virtual_environment_firewall_options" "sensor" {
  for_each      = var.sensors
  node_name     = each.value.region
  vm_id         = proxmox_virtual_environment_vm.sensor[each.key].vm_id
  enabled       = true
  dhcp          = true
  ndp           = true
  input_policy  = "DROP"
  output_policy = "ACCEPT"
}

resource "proxmox_virtual_environment_firewall_rules" "sensor" {
  for_each  = var.sensors
  node_name = each.value.region
  vm_id     = proxmox_virtual_environment_vm.sensor[each.key].vm_id

  dynamic "rule" {
    for_each = local.rules[each.value.firewall]
    content {
      type   = "in"
      action = "ACCEPT"
      proto  = rule.value.protocol
      dport  = rule.value.ports
      source = rule.value.networks
    }
  }
}
