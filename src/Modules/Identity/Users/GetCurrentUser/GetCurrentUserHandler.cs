using MediatR;
using Nico.Identity.Contracts;
using Nico.SharedKernel;

namespace Nico.Identity.Users.GetCurrentUser;

internal sealed class GetCurrentUserHandler(Caller caller, IUsers users) : IRequestHandler<GetCurrentUser, User>
{
    public async Task<User> Handle(GetCurrentUser request, CancellationToken cancellationToken)
    {
        var id = caller.UserId!.Value;
        return (await users.ByIds([id], cancellationToken))[id];
    }
}
