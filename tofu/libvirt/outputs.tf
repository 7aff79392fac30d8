output "addresses" {
  description = "The address of each sensor."
  value       = { for name, domain in libvirt_domain.sensor : name => try(domain.network_interface[0].addresses[0], null) }
}
