terraform {
  required_providers {
    linode = {
      source  = "linode/linode"
      version = "= 3.2.0"
    }
  }
}
