output "addresses" {
  description = "The address of each sensor."
  value       = { for name, instance in openstack_compute_instance_v2.sensor : name => instance.access_ip_v4 }
}
