output "addresses" {
  description = "The address of each sensor."
  value       = { for name, instance in vultr_instance.sensor : name => instance.main_ip }
}
