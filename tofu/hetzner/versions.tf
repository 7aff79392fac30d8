terraform {
  required_providers {
    hcloud = {
      source  = "hetznercloud/hcloud"
      version = "= 1.67.0"
    }
  }
}
