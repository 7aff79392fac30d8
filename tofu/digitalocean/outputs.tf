output "addresses" {
  description = "The address of each sensor."
  value       = { for name, droplet in digitalocean_droplet.sensor : name => droplet.ipv4_address }
}
