output "addresses" {
  description = "The address of each sensor."
  value       = { for name, address in google_compute_address.sensor : name => address.address }
}
