# Without an agent on the machine, Proxmox does not know the address that DHCP gave it.
output "addresses" {
  description = "The address of each sensor, if the settings have it."
  value       = { for name, sensor in var.sensors : name => sensor.address }
}
