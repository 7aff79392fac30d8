output "addresses" {
  description = "The address of each sensor."
  value       = { for name, instance in linode_instance.sensor : name => instance.ip_address }
}
