output "addresses" {
  description = "The address of each sensor."
  value       = { for name, address in hcloud_primary_ip.sensor : name => address.ip_address }
}
