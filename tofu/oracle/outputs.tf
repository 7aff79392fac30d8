output "addresses" {
  description = "The address of each sensor."
  value       = { for name, instance in oci_core_instance.sensor : name => instance.public_ip }
}
