# `sensorbake tofu` copies this file into each module, which uses the values that its provider has.

variable "sensors" {
  description = "The machine of each sensor, by its name."
  type = map(object({
    firewall         = string
    region           = string
    size             = string
    image            = string
    network          = string
    disk_gigabytes   = number
    public_key       = string
    elastic_ip       = bool
    address          = string
    cpus             = number
    memory_megabytes = number
  }))
}

variable "firewalls" {
  description = "The allowed traffic of sensors with the same rules, by the name of the first."
  type = map(object({
    region  = string
    network = string
    incoming = list(object({
      protocol = string
      first    = number
      last     = number
      ports    = string
      v4       = list(string)
      v6       = list(string)
    }))
    outgoing = list(object({
      protocol = string
      first    = number
      last     = number
      ports    = string
      v4       = list(string)
      v6       = list(string)
    }))
  }))
}
