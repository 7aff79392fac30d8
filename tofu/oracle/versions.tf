terraform {
  required_providers {
    oci = {
      source  = "oracle/oci"
      version = "= 8.23.0"
    }
  }
}
