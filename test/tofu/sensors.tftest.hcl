# Values of OpenTofu's mocks are random text. Some modules need numbers and addresses.
mock_provider "aws" {}
mock_provider "azurerm" {}
mock_provider "digitalocean" {}
mock_provider "google" {}
mock_provider "libvirt" {}
mock_provider "oci" {
  mock_data "oci_identity_availability_domains" {
    defaults = { availability_domains = [{ name = "domain" }] }
  }
  mock_data "oci_core_images" {
    defaults = { images = [{ id = "ocid1.image.oc1..example" }] }
  }
}
mock_provider "openstack" {}
mock_provider "proxmox" {
  mock_resource "proxmox_virtual_environment_download_file" {
    defaults = { id = "local:iso/image.img" }
  }
  mock_resource "proxmox_virtual_environment_file" {
    defaults = { id = "local:snippets/seed.yaml" }
  }
  mock_resource "proxmox_virtual_environment_vm" {
    defaults = { vm_id = 100 }
  }
}
mock_provider "vultr" {}
mock_provider "hcloud" {
  mock_resource "hcloud_firewall" {
    defaults = { id = "7" }
  }
  mock_resource "hcloud_primary_ip" {
    defaults = { id = "8", ip_address = "203.0.113.8" }
  }
}
mock_provider "linode" {
  mock_resource "linode_instance" {
    defaults = { id = "9", ipv4 = ["192.168.128.9", "203.0.113.9"] }
  }
}

run "creates_every_sensor" {
  command = apply

  assert {
    condition     = length(output.addresses) == 16
    error_message = "A sensor has no address."
  }
  assert {
    condition     = output.addresses["hetzner-1"] == "203.0.113.8" && output.addresses["proxmox-1"] == "192.0.2.44"
    error_message = "An address is wrong."
  }
  assert {
    condition     = output.addresses["linode-1"] == "203.0.113.9"
    error_message = "A private address is not the sensor's."
  }
}
