output "addresses" {
  description = "The address of each sensor."
  value       = { for name, address in azurerm_public_ip.sensor : name => address.ip_address }
}
