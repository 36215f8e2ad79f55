using Nico.Compute.OperatingSystems;
using Nico.Compute.UserData;
using Nico.SharedKernel;
using OperatingSystem = Nico.Compute.OperatingSystems.OperatingSystem;

namespace Nico.Compute.Instances;

/// <summary>What an instance boots, once its operating system and the caller's wishes are merged; in the clear.</summary>
internal sealed record BootPlan
{
    public Guid? OperatingSystemId { get; init; }

    public string? IpxeScript { get; init; }

    public string? UserData { get; init; }

    public bool PhoneHomeEnabled { get; init; }

    public bool AlwaysBootWithCustomIpxe { get; init; }

    /// <summary>What a new instance boots. Source: spec/30-instance.md, section 3.10, "Merging on create".</summary>
    public static BootPlan ForNew(
        OperatingSystem? system, string? ipxeScript, string? userData, bool? phoneHomeEnabled, bool? alwaysBootWithCustomIpxe, PhoneHome phoneHome, BootTexts texts)
    {
        if (system is not null)
        {
            RequireOverride(system, userData);
            RequireNoScript(system, ipxeScript, alwaysBootWithCustomIpxe);
        }

        return new BootPlan
        {
            OperatingSystemId = system?.Id,
            IpxeScript = ipxeScript ?? texts.Open(system?.IpxeScript),
            UserData = userData ?? texts.Open(system?.UserData),
            PhoneHomeEnabled = phoneHomeEnabled ?? system?.PhoneHomeEnabled ?? false,
            AlwaysBootWithCustomIpxe = alwaysBootWithCustomIpxe ?? false,
        }.Checked(system).WithPhoneHome(phoneHome);
    }

    /// <summary>400 unless the tenant's operating system lets instances bring user data of their own, when one does.</summary>
    public static void RequireOverride(OperatingSystem system, string? userData)
    {
        if (userData is not null && !system.AllowOverride)
        {
            throw Problem.Invalid("userData", $"operating system {system.Id} does not allow it to be overridden");
        }
    }

    /// <summary>400 when a script is to be booted beside an image.</summary>
    public static void RequireNoScript(OperatingSystem system, string? ipxeScript, bool? alwaysBootWithCustomIpxe)
    {
        if (system.Type != OperatingSystemType.Image)
        {
            return;
        }

        if (!string.IsNullOrEmpty(ipxeScript))
        {
            throw Problem.Invalid("ipxeScript", $"does not go with operating system {system.Id}, which is an image");
        }

        if (alwaysBootWithCustomIpxe is true)
        {
            throw Problem.Invalid("alwaysBootWithCustomIpxe", $"does not go with operating system {system.Id}, which is an image");
        }
    }

    /// <summary>400 unless there is something to boot. What boots an image has no script.</summary>
    public BootPlan Checked(OperatingSystem? system) => system?.Type == OperatingSystemType.Image
        ? this with { IpxeScript = null, AlwaysBootWithCustomIpxe = false }
        : string.IsNullOrEmpty(IpxeScript)
        ? throw Problem.Invalid("ipxeScript", "is required, unless the operating system has one")
        : this;

    /// <summary>The order to phone home put into the user data, or taken out.</summary>
    public BootPlan WithPhoneHome(PhoneHome phoneHome) => this with
    {
        UserData = PhoneHomeEnabled ? phoneHome.Insert(UserData) : phoneHome.Remove(UserData),
    };
}
