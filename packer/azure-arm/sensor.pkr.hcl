# A managed image at Azure. The last thing that seal.sh does there is what Azure asks for: waagent -deprovision.

variable "image_name" {
  type        = string
  description = "The images' name, which a number made of the time follows."
  default     = "honeypot"
  validation {
    condition     = length(split("{{", var.image_name)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
  }
}

variable "output" {
  type        = string
  description = "Where the manifest goes."
  default     = "images"
  validation {
    condition     = length(split("{{", var.output)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
  }
}

variable "azure_subscription_id" {
  type        = string
  description = "The subscription."
  default     = env("ARM_SUBSCRIPTION_ID")
  validation {
    condition     = length(split("{{", var.azure_subscription_id)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
  }
}

variable "azure_tenant_id" {
  type        = string
  description = "The tenant."
  default     = env("ARM_TENANT_ID")
  validation {
    condition     = length(split("{{", var.azure_tenant_id)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
  }
}

variable "azure_client_id" {
  type        = string
  description = "The service principal."
  default     = env("ARM_CLIENT_ID")
  validation {
    condition     = length(split("{{", var.azure_client_id)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
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
  description = "The resource group that gets the image."
  default     = "honeypots"
  validation {
    condition     = length(split("{{", var.azure_resource_group)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
  }
}

variable "azure_location" {
  type        = string
  description = "Where to build."
  default     = "westeurope"
  validation {
    condition     = length(split("{{", var.azure_location)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
  }
}

variable "azure_size" {
  type        = string
  description = "The machine to build in."
  default     = "Standard_B2s"
  validation {
    condition     = length(split("{{", var.azure_size)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
  }
}

variable "azure_image_publisher" {
  type        = string
  description = "Who publishes the image to begin with."
  default     = ""
  validation {
    condition     = length(split("{{", var.azure_image_publisher)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
  }
}

variable "azure_image_offer" {
  type        = string
  description = "What it is called."
  default     = ""
  validation {
    condition     = length(split("{{", var.azure_image_offer)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
  }
}

variable "azure_image_sku" {
  type        = string
  description = "Which of them."
  default     = ""
  validation {
    condition     = length(split("{{", var.azure_image_sku)) == 1
    error_message = "It holds {, twice: Packer would take that for a template."
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

  # Afterwards there may be nobody left who could clean up.
  provisioner "shell" {
    script          = "${path.root}/../seal.sh"
    execute_command = "chmod 0700 '{{ .Path }}' && sudo '{{ .Path }}'"
    skip_clean      = true
  }

  # To Packer a build of nothing is no failure: whoever builds asks this file.
  post-processor "manifest" {
    output = "${var.output}/manifest.json"
  }
}
