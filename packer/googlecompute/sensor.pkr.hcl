# An image on Google Compute Engine.

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

variable "google_project" {
  type        = string
  description = "Project for the image."
  default     = env("GOOGLE_CLOUD_PROJECT")
  validation {
    condition     = length(split("{{", var.google_project)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "google_image_family" {
  type        = string
  description = "Family of the base image."
  default     = ""
  validation {
    condition     = length(split("{{", var.google_image_family)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "google_image_project" {
  type        = string
  description = "Project of that family."
  default     = ""
  validation {
    condition     = length(split("{{", var.google_image_project)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

variable "google_zone" {
  type        = string
  description = "Region or place of the build."
  default     = "europe-west3-a"
  validation {
    condition     = length(split("{{", var.google_zone)) == 1
    error_message = "It contains two opening braces, which Packer would treat as a template."
  }
}

locals {
  name = "${var.image_name}-${formatdate("YYYYMMDDhhmmss", timestamp())}"
}

source "googlecompute" "sensor" {
  project_id              = var.google_project
  zone                    = var.google_zone
  source_image_family     = var.google_image_family
  source_image_project_id = [var.google_image_project]
  image_name              = local.name
  image_family            = var.image_name
  ssh_username            = "packer"
}

build {
  sources = ["source.googlecompute.sensor"]

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
