using Nico.Identity.Contracts;

namespace Nico.Hardware;

/// <summary>
/// Whose hardware a caller may see: all of its own provider's, and what is at the sites where its tenant is privileged. The argument of statements
/// about sites and machines. Source: spec/41-machine.md, section 3.
/// </summary>
internal sealed record VisibleHardware(Guid? Own, Guid[] Providers, Guid[] Except, Guid[] Also)
{
    /// <summary>What the caller's sides may see.</summary>
    public static VisibleHardware Of(Sides sides) =>
        new(sides.Provider?.Id, sides.Privileged.Providers, sides.Privileged.Except, sides.Privileged.Also);

    /// <summary>True when the hardware of this provider at this site is among it.</summary>
    public bool Has(Guid providerId, Guid siteId) =>
        providerId == Own || new PrivilegedSites { Providers = Providers, Except = Except, Also = Also }.Has(providerId, siteId);
}
