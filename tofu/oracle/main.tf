locals {
  # Oracle's rules have one network each.
  rules = merge(flatten([
    for firewall, value in var.firewalls : [
      for rule in value.incoming : [
        for network in concat(rule.v4, rule.v6) : {
          "${firewall} ${rule.protocol} ${rule.ports == null ? "any" : rule.ports} ${network}" = {
            firewall = firewall
            protocol = strcontains(network, ":") && rule.protocol == "icmp" ? "58" : { icmp = "1", tcp = "6", udp = "17" }[rule.protocol]
            first    = rule.first
            last     = rule.last
            network  = network
          }
        }
      ]
    ]
  ])...)
  # "Canonical Ubuntu:24.04" is Oracle's newest image of this system; everything else is an image.
  published = { for name, sensor in var.sensors : name => sensor if !startswith(sensor.image, "ocid1.") }
}

# The compartment and the domain of the machine are those of its subnet.
data "oci_core_subnet" "sensor" {
  for_each  = var.sensors
  subnet_id = each.value.network
}

data "oci_core_subnet" "firewall" {
  for_each  = var.firewalls
  subnet_id = each.value.network
}

data "oci_identity_availability_domains" "sensor" {
  for_each       = var.sensors
  compartment_id = data.oci_core_subnet.sensor[each.key].compartment_id
}

data "oci_core_images" "published" {
  for_each                 = local.published
  compartment_id           = data.oci_core_subnet.sensor[each.key].compartment_id
  operating_system         = split(":", each.value.image)[0]
  operating_system_version = split(":", each.value.image)[1]
  shape                    = each.value.size
  sort_by                  = "TIMECREATED"
  sort_order               = "DESC"
}

resource "oci_core_network_security_group" "sensor" {
  for_each       = var.firewalls
  compartment_id = data.oci_core_subnet.firewall[each.key].compartment_id
  vcn_id         = data.oci_core_subnet.firewall[each.key].vcn_id
  display_name   = "sensorbake-${each.key}"

  lifecycle {
    create_before_destroy = true
  }
}

resource "oci_core_network_security_group_security_rule" "sensor" {
  for_each                  = local.rules
  network_security_group_id = oci_core_network_security_group.sensor[each.value.firewall].id
  direction                 = "INGRESS"
  protocol                  = each.value.protocol
  source_type               = "CIDR_BLOCK"
  source                    = each.value.network

  dynamic "tcp_options" {
    for_each = each.value.protocol == "6" ? [each.value] : []
    content {
      destination_port_range {
        min = tcp_options.value.first
        max = tcp_options.value.last
      }
    }
  }
  dynamic "udp_options" {
    for_each = each.value.protocol == "17" ? [each.value] : []
    content {
      destination_port_range {
        min = udp_options.value.first
        max = udp_options.value.last
      }
    }
  }
}

resource "oci_core_instance" "sensor" {
  for_each       = var.sensors
  compartment_id = data.oci_core_subnet.sensor[each.key].compartment_id
  availability_domain = coalesce(
    data.oci_core_subnet.sensor[each.key].availability_domain,
    data.oci_identity_availability_domains.sensor[each.key].availability_domains[0].name
  )
  display_name = each.key
  shape        = each.value.size
  metadata = {
    user_data = filebase64("${path.module}/../sensors/${each.key}/user-data")
  }

  shape_config {
    ocpus         = 1
    memory_in_gbs = 2
  }
  source_details {
    source_type = "image"
    source_id   = startswith(each.value.image, "ocid1.") ? each.value.image : data.oci_core_images.published[each.key].images[0].id
  }
  create_vnic_details {
    subnet_id        = each.value.network
    nsg_ids          = [oci_core_network_security_group.sensor[each.value.firewall].id]
    assign_public_ip = true
  }

  # `sensorbake apply` changes a running sensor; a change of these values would replace it.
  lifecycle {
    ignore_changes = [availability_domain, metadata, source_details[0].source_id]
  }
}
