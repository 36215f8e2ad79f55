using Nico.Identity.Contracts;
using Nico.SharedKernel;
using Nico.SharedKernel.Http;

namespace Nico.Identity.Users.GetCurrentUser;

/// <summary>Who am I? Source: spec/10-identity.md, section 2.</summary>
public sealed record GetCurrentUser : IQuery<User>;

internal sealed class GetCurrentUserEndpoint : QueryEndpoint<GetCurrentUser, User>
{
    public override void Configure()
    {
        Get("user/current");
        AllowAnyMember();
        Describe("get-user", "User", "Retrieve the current user", "The person or program that the token names, whatever its role in the org.");
    }
}
