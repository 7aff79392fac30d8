# A managed image on Azure. There, seal.sh ends with waagent -deprovision, as Azure requires.

variable "image_name" {
  type        = string
  description = "Name of the images, followed by a timestamp."
  default     = "honeypot"
  validation {
    condition     = length(split("{{", var.image_name)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "output" {
  type        = string
  description = "Folder for the manifest."
  default     = "images"
  validation {
    condition     = length(split("{{", var.output)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "azure_subscription_id" {
  type        = string
  description = "The subscription."
  default     = env("ARM_SUBSCRIPTION_ID")
  validation {
    condition     = length(split("{{", var.azure_subscription_id)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "azure_tenant_id" {
  type        = string
  description = "The tenant."
  default     = env("ARM_TENANT_ID")
  validation {
    condition     = length(split("{{", var.azure_tenant_id)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "azure_client_id" {
  type        = string
  description = "The service principal."
  default     = env("ARM_CLIENT_ID")
  validation {
    condition     = length(split("{{", var.azure_client_id)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "azure_client_secret" {
  type        = string
  description = "Its secret."
  default     = env("ARM_CLIENT_SECRET")
  sensitive   = true
}

variable "azure_resource_group" {
  type        = string
  description = "Resource group for the image."
  default     = "honeypots"
  validation {
    condition     = length(split("{{", var.azure_resource_group)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "azure_location" {
  type        = string
  description = "Region or place of the build."
  default     = "westeurope"
  validation {
    condition     = length(split("{{", var.azure_location)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "azure_size" {
  type        = string
  description = "Machine type for the build."
  default     = "Standard_B2s"
  validation {
    condition     = length(split("{{", var.azure_size)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "azure_image_publisher" {
  type        = string
  description = "Publisher of the base image."
  default     = ""
  validation {
    condition     = length(split("{{", var.azure_image_publisher)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "azure_image_offer" {
  type        = string
  description = "Offer of the base image."
  default     = ""
  validation {
    condition     = length(split("{{", var.azure_image_offer)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "azure_image_sku" {
  type        = string
  description = "SKU of the base image."
  default     = ""
  validation {
    condition     = length(split("{{", var.azure_image_sku)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

locals {
  name = "${var.image_name}-${formatdate("YYYYMMDDhhmmss", timestamp())}"
}

source "azure-arm" "sensor" {
  subscription_id                   = var.azure_subscription_id
  tenant_id                         = var.azure_tenant_id
  client_id                         = var.azure_client_id
  client_secret                     = var.azure_client_secret
  location                          = var.azure_location
  vm_size                           = var.azure_size
  os_type                           = "Linux"
  image_publisher                   = var.azure_image_publisher
  image_offer                       = var.azure_image_offer
  image_sku                         = var.azure_image_sku
  managed_image_name                = local.name
  managed_image_resource_group_name = var.azure_resource_group
}

build {
  sources = ["source.azure-arm.sensor"]

  provisioner "file" {
    source      = "${path.root}/../payload"
    destination = "/tmp"
  }

  provisioner "shell" {
    script          = "${path.root}/../provision.sh"
    execute_command = "chmod 0700 '{{ .Path }}' && sudo '{{ .Path }}'"
  }

  # Afterwards no login may be left to clean up with.
  provisioner "shell" {
    script          = "${path.root}/../seal.sh"
    execute_command = "chmod 0700 '{{ .Path }}' && sudo '{{ .Path }}'"
    skip_clean      = true
  }

  # Packer does not report an empty build as a failure; callers check this file.
  post-processor "manifest" {
    output = "${var.output}/manifest.json"
  }
}
